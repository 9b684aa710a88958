# Three roles of the service itself: who starts a task, who the task is, who shifts requests at a deployment.
locals {
  principals = {
    execution  = "ecs-tasks.amazonaws.com"
    task       = "ecs-tasks.amazonaws.com"
    deployment = "ecs.amazonaws.com"
  }

  statements = {
    execution = [
      {
        Sid      = "PullImage"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = "arn:aws:ecr:*:*:repository/${var.name}/*"
      },
      {
        Sid      = "LogIn"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.service.arn}:*"
      },
      {
        Sid      = "ReadSecrets"
        Effect   = "Allow"
        Action   = "secretsmanager:GetSecretValue"
        Resource = values(var.secrets)
      },
      {
        Sid      = "OpenSecrets"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = var.secrets_key_arn
      },
    ]
    task = [
      {
        Sid      = "ReadVersions"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "arn:aws:s3:::${var.model_bucket}/*"
      },
      {
        Sid      = "ListVersions"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = "arn:aws:s3:::${var.model_bucket}"
      },
      {
        Sid      = "OpenVersions"
        Effect   = "Allow"
        Action   = "kms:Decrypt"
        Resource = var.storage_key_arn
      },
      {
        Sid       = "SendMetrics"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData"
        Resource  = "*"
        Condition = { StringEquals = { "cloudwatch:namespace" = var.metrics_namespace } }
      },
      {
        Sid       = "ShareIfcModels"
        Effect    = "Allow"
        Action    = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
        Resource  = var.ifc.file_system_arn
        Condition = { StringEquals = { "elasticfilesystem:AccessPointArn" = local.access_point_arn } }
      },
    ]
  }
  access_point_arn = replace(var.ifc.file_system_arn, "file-system/${var.ifc.file_system_id}", "access-point/${var.ifc.access_point_id}")
}

resource "aws_iam_role" "this" {
  for_each = local.principals

  name = "${var.name}-service-${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = each.value }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  # checkov:skip=CKV_AWS_290: ecr:GetAuthorizationToken and cloudwatch:PutMetricData know no resources; the latter is bound to the namespace
  # checkov:skip=CKV_AWS_355: the same two actions
  for_each = local.statements

  name   = each.key
  role   = aws_iam_role.this[each.key].id
  policy = jsonencode({ Version = "2012-10-17", Statement = each.value })
}

resource "aws_iam_role_policy_attachment" "deployment" {
  role       = aws_iam_role.this["deployment"].name
  policy_arn = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
}
