data "aws_caller_identity" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id

  # Kind of data, and whether old objects may be moved to an archive class: what is read at any time may not.
  kinds = {
    data    = { archive = true }  # datasets and a company's own entries
    models  = { archive = false } # signed versions that the service loads
    mlflow  = { archive = true }  # artifacts of runs
    backups = { archive = true }  # database dumps and copies of artifacts
  }
  buckets = { for kind, _ in local.kinds : kind => "${var.name}-${kind}-${local.account_id}" }
  all     = merge(local.buckets, { logs = "${var.name}-logs-${local.account_id}" })
}

resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_144: one region is what the design asks for; backups are the second copy
  # checkov:skip=CKV2_AWS_62: nothing listens for events of these buckets
  # checkov:skip=CKV_AWS_18: access logs are set below by aws_s3_bucket_logging, for all but the bucket that takes them
  # checkov:skip=CKV_AWS_145: encryption is set below; load balancers can only write to a bucket with SSE-S3
  for_each = local.all

  bucket = each.value

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.all

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.all

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.all

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.all

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = each.key != "logs"

    apply_server_side_encryption_by_default {
      sse_algorithm     = each.key == "logs" ? "AES256" : "aws:kms"
      kms_master_key_id = each.key == "logs" ? null : var.key_arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.all

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "clean-up"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    noncurrent_version_expiration {
      noncurrent_days = var.storage.old_versions_kept_days
    }
  }

  dynamic "rule" {
    for_each = try(local.kinds[each.key].archive, false) ? [1] : []

    content {
      id     = "cheaper-with-age"
      status = "Enabled"

      filter {}

      transition {
        days          = var.storage.infrequent_after_days
        storage_class = "STANDARD_IA"
      }

      transition {
        days          = var.storage.archive_after_days
        storage_class = "GLACIER_IR"
      }
    }
  }

  dynamic "rule" {
    for_each = each.key == "logs" ? [1] : []

    content {
      id     = "forget"
      status = "Enabled"

      filter {}

      expiration {
        days = 365
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_logging" "this" {
  for_each = local.buckets

  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.this["logs"].id
  target_prefix = "s3/${each.key}/"
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.all

  bucket = aws_s3_bucket.this[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:aws:s3:::${each.value}", "arn:aws:s3:::${each.value}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      }],
      [for statement in local.log_writers : statement if each.key == "logs"],
    )
  })

  depends_on = [aws_s3_bucket_public_access_block.this]
}

locals {
  log_writers = [
    {
      Sid       = "LoadBalancer"
      Effect    = "Allow"
      Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::${local.all.logs}/alb/AWSLogs/${local.account_id}/*"
    },
    {
      Sid       = "AccessLogs"
      Effect    = "Allow"
      Principal = { Service = "logging.s3.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::${local.all.logs}/s3/*"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    },
    {
      Sid       = "Edge"
      Effect    = "Allow"
      Principal = { Service = "delivery.logs.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "arn:aws:s3:::${local.all.logs}/edge/*"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    },
  ]
}
