# Roles of tasks: who starts one (the same for all tasks), who the task is, and whoever else is named.
locals {
  statements = merge({ execution = local.execution }, var.statements)

  execution = [
    {
      Sid      = "PullImage"
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = "arn:aws:ecr:*:*:repository/${var.project}/*"
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
      Resource = "${var.log_group_arn}:*"
    },
    {
      Sid      = "ReadSecrets"
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = var.secret_arns
    },
    {
      Sid      = "OpenSecrets"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = var.secrets_key_arn
    },
  ]
}

data "aws_caller_identity" "current" {}

resource "aws_iam_role" "this" {
  for_each = var.principals

  name = "${var.project}-${var.part}-${each.key}"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [merge(
      {
        Effect    = "Allow"
        Principal = { Service = each.value }
        Action    = "sts:AssumeRole"
      },
      !contains(var.this_account_only, each.key) ? {} : {
        Condition = { StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id } }
      },
    )]
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
