# The three roles of people. What a token may do at the interface is another matter: configs/auth.yaml.
locals {
  people = {
    data-scientist    = var.people.data_scientists
    platform-engineer = var.people.platform_engineers
    api-user          = var.people.api_users
  }
  roles = { for role, arns in local.people : role => arns if length(arns) > 0 }

  read_logs = [
    {
      Sid      = "ReadLogs"
      Effect   = "Allow"
      Action   = ["logs:FilterLogEvents", "logs:GetLogEvents", "logs:DescribeLogStreams", "logs:StartQuery"]
      Resource = flatten([for arn in var.log_group_arns : [arn, "${arn}:*"]])
    },
    {
      Sid    = "ReadFigures"
      Effect = "Allow"
      Action = [
        "cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:GetMetricData", "cloudwatch:ListDashboards",
        "cloudwatch:ListMetrics", "logs:DescribeLogGroups", "logs:GetQueryResults",
      ]
      Resource = "*"
    },
  ]

  statements = {
    # Reads datasets and versions, compares runs, starts a training run. Puts nothing in service: the gate does.
    data-scientist = concat(local.read_logs, [
      {
        Sid      = "ReadDatasetsAndVersions"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = [for kind in ["data", "models", "mlflow"] : "arn:aws:s3:::${var.buckets[kind]}/*"]
      },
      {
        Sid      = "ListDatasetsAndVersions"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = [for kind in ["data", "models", "mlflow"] : "arn:aws:s3:::${var.buckets[kind]}"]
      },
      {
        Sid      = "WriteExperiments"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = ["arn:aws:s3:::${var.buckets.mlflow}/*", "arn:aws:s3:::${var.buckets.data}/own/*"]
      },
      {
        Sid      = "UseStorageKey"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = var.storage_key_arn
      },
      # Not ecs:RunTask: a command of one's own would run as the training task, which signs versions and stores them.
      {
        Sid      = "StartTraining"
        Effect   = "Allow"
        Action   = "states:StartExecution"
        Resource = var.training.state_machine_arn
      },
      {
        Sid      = "WatchStart"
        Effect   = "Allow"
        Action   = "states:DescribeExecution"
        Resource = "${replace(var.training.state_machine_arn, ":stateMachine:", ":execution:")}:*"
      },
      {
        Sid       = "WatchTraining"
        Effect    = "Allow"
        Action    = "ecs:DescribeTasks"
        Resource  = local.tasks
        Condition = { ArnEquals = { "ecs:cluster" = var.cluster_arn } }
      },
      {
        Sid      = "StopTraining"
        Effect   = "Allow"
        Action   = "ecs:StopTask"
        Resource = local.tasks
        Condition = {
          ArnEquals    = { "ecs:cluster" = var.cluster_arn }
          StringEquals = { for name, value in var.training.task_tags : "aws:ResourceTag/${name}" => value }
        }
      },
    ])

    # Rolls images out and back, backs up and restores, rotates secrets. Reads no dataset.
    platform-engineer = concat(local.read_logs, [
      {
        Sid    = "Deploy"
        Effect = "Allow"
        Action = [
          "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:DescribeServices",
          "ecs:ListServiceDeployments", "ecs:StopServiceDeployment", "ecs:UpdateService",
        ]
        Resource = [
          var.service_arn,
          "${replace(var.service_arn, ":service/", ":service-deployment/")}/*",
          "${replace(var.service_arn, ":service/", ":service-revision/")}/*",
        ]
      },
      {
        Sid      = "DescribeAndRegister"
        Effect   = "Allow"
        Action   = ["ecs:DescribeTaskDefinition", "ecs:ListTasks", "ecs:RegisterTaskDefinition", "ecr:GetAuthorizationToken"]
        Resource = "*"
      },
      # A definition of training without its tags would make tasks that a data scientist cannot stop.
      {
        Sid       = "MarkTraining"
        Effect    = "Allow"
        Action    = "ecs:TagResource"
        Resource  = "${var.training.task_definition_arn}:*"
        Condition = { StringEquals = { "ecs:CreateAction" = "RegisterTaskDefinition" } }
      },
      {
        Sid       = "HandOverServiceRoles"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = concat(var.service_role_arns, var.training.role_arns)
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
      {
        Sid    = "PushImages"
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
          "ecr:DescribeImageScanFindings", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage",
          "ecr:UploadLayerPart",
        ]
        Resource = var.repository_arns
      },
      {
        Sid    = "BackUpAndRestore"
        Effect = "Allow"
        Action = [
          "rds:CreateDBSnapshot", "rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "rds:RebootDBInstance",
          "rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime",
        ]
        Resource = [
          var.database_arn,
          "${var.database_arn}-*",
          "${replace(var.database_arn, ":db:", ":snapshot:")}*",
          "arn:aws:rds:*:*:subgrp:${var.name}",
          "arn:aws:rds:*:*:pg:${var.name}-*",
          "arn:aws:rds:*:*:og:default:*",
        ]
      },
      # RDS takes the key of an encrypted instance for the one restored from it in the name of who restores.
      {
        Sid      = "RestoreEncrypted"
        Effect   = "Allow"
        Action   = ["kms:CreateGrant", "kms:DescribeKey"]
        Resource = var.database_key_arn
        Condition = {
          StringLike   = { "kms:ViaService" = "rds.*.amazonaws.com" }
          BoolIfExists = { "kms:GrantIsForAWSResource" = "true" }
        }
      },
      {
        Sid      = "BackUpArtifacts"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"]
        Resource = [for kind in ["backups", "models"] : "arn:aws:s3:::${var.buckets[kind]}/*"]
      },
      {
        Sid      = "ListArtifacts"
        Effect   = "Allow"
        Action   = ["s3:ListBucket", "s3:ListBucketVersions"]
        Resource = [for kind in ["backups", "models"] : "arn:aws:s3:::${var.buckets[kind]}"]
      },
      {
        Sid      = "UseKeys"
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [var.storage_key_arn, var.secrets_key_arn]
      },
      {
        Sid      = "RotateSecrets"
        Effect   = "Allow"
        Action   = ["secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue"]
        Resource = var.secret_arns
      },
    ])

    # Learns where to ask and whose token to bring; everything else goes over HTTPS. The refusal holds whatever else
    # somebody attaches.
    api-user = [
      {
        Sid      = "LearnWhereToAsk"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
        Resource = concat([local.parameters], [for name, _ in var.api : "${local.parameters}/${name}"])
      },
      {
        Sid       = "NothingElse"
        Effect    = "Deny"
        NotAction = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath", "sts:GetCallerIdentity"]
        Resource  = "*"
      },
    ]
  }
  tasks      = "${replace(var.cluster_arn, ":cluster/", ":task/")}/*"
  parameters = "arn:aws:ssm:*:*:parameter/${var.name}/api"
}

resource "aws_iam_role" "this" {
  for_each = local.roles

  name                 = "${var.name}-${each.key}"
  max_session_duration = 3600
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { AWS = each.value }
      Action    = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  # checkov:skip=CKV_AWS_290: ecs:RegisterTaskDefinition and ecr:GetAuthorizationToken know no resources
  # checkov:skip=CKV_AWS_355: the same two, and reading of figures
  for_each = local.roles

  name   = each.key
  role   = aws_iam_role.this[each.key].id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements[each.key] })
}

resource "aws_ssm_parameter" "api" {
  # checkov:skip=CKV2_AWS_34: addresses that every client is told; there is nothing to encrypt
  for_each = var.api

  name  = "/${var.name}/api/${each.key}"
  type  = "String"
  value = each.value
}
