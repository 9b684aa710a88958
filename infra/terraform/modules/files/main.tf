# IFC models: one task takes a client's file, another answers about it, so all tasks see one folder.
resource "aws_efs_file_system" "ifc" {
  encrypted        = true
  kms_key_id       = var.key_arn
  performance_mode = "generalPurpose"
  throughput_mode  = "elastic"

  lifecycle_policy {
    transition_to_ia = "AFTER_30_DAYS"
  }

  tags = { Name = "${var.name}-ifc" }
}

resource "aws_efs_backup_policy" "ifc" {
  file_system_id = aws_efs_file_system.ifc.id

  backup_policy {
    status = "ENABLED"
  }
}

resource "aws_efs_mount_target" "ifc" {
  count = length(var.subnet_ids)

  file_system_id  = aws_efs_file_system.ifc.id
  subnet_id       = var.subnet_ids[count.index]
  security_groups = [var.security_group_id]
}

resource "aws_efs_access_point" "ifc" {
  file_system_id = aws_efs_file_system.ifc.id

  posix_user {
    uid = var.user_id
    gid = var.user_id
  }

  root_directory {
    path = "/ifc"

    creation_info {
      owner_uid   = var.user_id
      owner_gid   = var.user_id
      permissions = "0750"
    }
  }
}

resource "aws_efs_file_system_policy" "ifc" {
  file_system_id = aws_efs_file_system.ifc.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "TlsOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "*"
      Resource  = aws_efs_file_system.ifc.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
