# Three roles of the service itself: who starts a task, who the task is, who shifts requests at a deployment.
locals {
  principals = {
    execution  = "ecs-tasks.amazonaws.com"
    task       = "ecs-tasks.amazonaws.com"
    deployment = "ecs.amazonaws.com"
  }

  statements = {
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

module "roles" {
  source = "../roles"

  project         = var.name
  part            = "service"
  principals      = local.principals
  statements      = local.statements
  log_group_arn   = aws_cloudwatch_log_group.service.arn
  secret_arns     = values(var.secrets)
  secrets_key_arn = var.secrets_key_arn
}

resource "aws_iam_role_policy_attachment" "deployment" {
  role       = module.roles.names["deployment"]
  policy_arn = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
}

moved {
  from = aws_iam_role.this
  to   = module.roles.aws_iam_role.this
}

moved {
  from = aws_iam_role_policy.this
  to   = module.roles.aws_iam_role_policy.this
}
