locals {
  principals = {
    execution = "ecs-tasks.amazonaws.com"
    task      = "ecs-tasks.amazonaws.com"
    instance  = "ec2.amazonaws.com"
    scheduler = "scheduler.amazonaws.com"
    starter   = "states.amazonaws.com"
  }

  start = [
    {
      Sid       = "StartTraining"
      Effect    = "Allow"
      Action    = "ecs:RunTask"
      Resource  = "${aws_ecs_task_definition.training.arn_without_revision}:*"
      Condition = { ArnEquals = { "ecs:cluster" = var.cluster_arn } }
    },
    # ECS asks for it where a task gets the tags of its definition.
    {
      Sid       = "MarkTraining"
      Effect    = "Allow"
      Action    = "ecs:TagResource"
      Resource  = "${replace(var.cluster_arn, ":cluster/", ":task/")}/*"
      Condition = { StringEquals = { "ecs:CreateAction" = "RunTask" } }
    },
    {
      Sid       = "HandOverRoles"
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = [module.roles.arns["execution"], module.roles.arns["task"]]
      Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    },
  ]
  written = [var.buckets.data, var.buckets.models, var.buckets.mlflow]

  statements = {
    task = [
      {
        Sid      = "ReadAndWriteObjects"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = [for bucket in local.written : "arn:aws:s3:::${bucket}/*"]
      },
      {
        Sid      = "ListObjects"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = [for bucket in local.written : "arn:aws:s3:::${bucket}"]
      },
      {
        Sid      = "UseKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.storage_key_arn
      },
      {
        Sid       = "SignVersions"
        Effect    = "Allow"
        Action    = "kms:Sign"
        Resource  = var.signing_key_arn
        Condition = { StringEquals = { "kms:SigningAlgorithm" = "ECDSA_SHA_256" } }
      },
      {
        Sid      = "ReadPublicKey"
        Effect   = "Allow"
        Action   = "kms:GetPublicKey"
        Resource = var.signing_key_arn
      },
    ]
    instance = [
      {
        Sid       = "SendGpuUse"
        Effect    = "Allow"
        Action    = "cloudwatch:PutMetricData"
        Resource  = "*"
        Condition = { StringEquals = { "cloudwatch:namespace" = var.metrics_namespace } }
      },
    ]
    scheduler = local.start
    starter   = local.start
  }
}

module "roles" {
  source = "../roles"

  project           = var.name
  part              = "training"
  principals        = local.principals
  this_account_only = ["scheduler", "starter"]
  statements        = local.statements
  log_group_arn     = aws_cloudwatch_log_group.training.arn
  secret_arns       = values(var.secrets)
  secrets_key_arn   = var.secrets_key_arn
}

# What the ECS agent on the instance needs.
resource "aws_iam_role_policy_attachment" "instance" {
  role       = module.roles.names["instance"]
  policy_arn = "arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role"
}

resource "aws_iam_instance_profile" "this" {
  name = "${var.name}-gpu"
  role = module.roles.names["instance"]
}

moved {
  from = aws_iam_role.this
  to   = module.roles.aws_iam_role.this
}

moved {
  from = aws_iam_role_policy.this
  to   = module.roles.aws_iam_role_policy.this
}
