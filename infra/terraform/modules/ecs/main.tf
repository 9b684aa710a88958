locals {
  port = 3000
  home = "/var/lib/sdai"

  # Everything below SDAI_ is a setting of the service: configs/ knows each of them.
  environment = {
    SDAI_AUTH_MODE                      = "required"
    SDAI_AUTH_JWKS                      = var.auth.jwks_url
    SDAI_AUTH_ISSUER                    = var.auth.issuer
    SDAI_AUTH_AUDIENCE                  = var.auth.audience
    SDAI_SERVING_HOST                   = "0.0.0.0"
    SDAI_SERVING_PORT                   = tostring(local.port)
    SDAI_SERVING_WORKERS                = tostring(var.task.workers)
    SDAI_SERVING_TRUSTED_PROXIES        = jsonencode([var.network_cidr]) # load balancer and edge have addresses in it
    SDAI_PATHS_HOME                     = local.home
    SDAI_PATHS_IFC_ROOT                 = "${local.home}/ifc"
    SDAI_MODELS_BUCKET                  = var.model_bucket
    SDAI_MODELS_REGION                  = var.region
    SDAI_STORE_SSL_MODE                 = "verify-full"
    SDAI_STORE_SSL_ROOT_CERT            = var.database_root_cert
    SDAI_SIGNING_TRUSTED_PEMS           = jsonencode(var.trusted_model_keys)
    SDAI_LOGGING_FORMAT                 = "json"
    SDAI_TELEMETRY_CLOUDWATCH_NAMESPACE = var.metrics_namespace
    SDAI_TELEMETRY_CLOUDWATCH_REGION    = var.region
    SDAI_TELEMETRY_TASK_CPUS            = tostring(var.task.cpu_units / 1024)
  }

  # The root file system cannot be written to; these folders go with the task.
  scratch = {
    home = local.home
    tmp  = "/tmp"
  }
}

resource "aws_ecs_cluster" "this" {
  name = var.name

  setting {
    name  = "containerInsights"
    value = "enhanced"
  }
}

resource "aws_cloudwatch_log_group" "service" {
  name              = "/${var.name}/service"
  retention_in_days = 365
  kms_key_id        = var.log_key_arn
}

resource "aws_ecs_task_definition" "service" {
  # checkov:skip=CKV_AWS_97: the only shared volume, ifc, is encrypted in transit; the others are local to the task
  family                   = var.name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = tostring(var.task.cpu_units)
  memory                   = tostring(var.task.memory_mib)
  execution_role_arn       = module.roles.arns["execution"]
  task_role_arn            = module.roles.arns["task"]

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = "X86_64"
  }

  container_definitions = jsonencode([{
    name                   = "service"
    image                  = var.image
    essential              = true
    user                   = "${var.user_id}:${var.user_id}"
    readonlyRootFilesystem = true
    stopTimeout            = 30
    linuxParameters = {
      initProcessEnabled = true
      capabilities       = { drop = ["ALL"] }
    }
    portMappings = [{ containerPort = local.port, protocol = "tcp" }]
    environment  = [for name, value in local.environment : { name = name, value = value }]
    secrets      = [for name, arn in var.secrets : { name = name, valueFrom = arn }]
    mountPoints = concat(
      [for volume, path in local.scratch : { sourceVolume = volume, containerPath = path, readOnly = false }],
      [{ sourceVolume = "ifc", containerPath = "${local.home}/ifc", readOnly = false }],
    )
    # Whether the process answers at all; the load balancer asks whether its models do.
    healthCheck = {
      command     = ["CMD", "python", "-m", "serving.healthcheck", "/livez"]
      interval    = 30
      timeout     = 10
      retries     = 3
      startPeriod = 60
    }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.service.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "service"
        mode                  = "non-blocking"
        max-buffer-size       = "25m"
      }
    }
  }])

  dynamic "volume" {
    for_each = local.scratch

    content {
      name = volume.key
    }
  }

  volume {
    name = "ifc"

    efs_volume_configuration {
      file_system_id     = var.ifc.file_system_id
      transit_encryption = "ENABLED"

      authorization_config {
        access_point_id = var.ifc.access_point_id
        iam             = "ENABLED"
      }
    }
  }
}

resource "aws_ecs_service" "this" {
  name                              = var.name
  cluster                           = aws_ecs_cluster.this.id
  task_definition                   = aws_ecs_task_definition.service.arn
  launch_type                       = "FARGATE"
  platform_version                  = "LATEST"
  desired_count                     = var.scaling.min_tasks
  health_check_grace_period_seconds = 60
  availability_zone_rebalancing     = "ENABLED"
  enable_execute_command            = false
  propagate_tags                    = "SERVICE"
  wait_for_steady_state             = true

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [var.security_group_id]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = var.target_groups["blue"].arn
    container_name   = "service"
    container_port   = local.port

    advanced_configuration {
      alternate_target_group_arn = var.target_groups["green"].arn
      production_listener_rule   = var.listener_rule_arn
      test_listener_rule         = var.test_listener_rule_arn
      role_arn                   = module.roles.arns["deployment"]
    }
  }

  # ECS itself keeps the old tasks while the new ones prove themselves, and goes back; no CodeDeploy beside it.
  deployment_controller {
    type = "ECS"
  }

  deployment_configuration {
    strategy             = var.deployment.strategy
    bake_time_in_minutes = tostring(var.deployment.bake_minutes)

    dynamic "canary_configuration" {
      for_each = var.deployment.strategy == "CANARY" ? [var.deployment] : []

      content {
        canary_percent              = canary_configuration.value.step_percent
        canary_bake_time_in_minutes = tostring(canary_configuration.value.step_minutes)
      }
    }

    dynamic "linear_configuration" {
      for_each = var.deployment.strategy == "LINEAR" ? [var.deployment] : []

      content {
        step_percent              = linear_configuration.value.step_percent
        step_bake_time_in_minutes = tostring(linear_configuration.value.step_minutes)
      }
    }
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  alarms {
    alarm_names = [aws_cloudwatch_metric_alarm.deployment.alarm_name]
    enable      = true
    rollback    = true
  }

  # Scaling decides the number of tasks.
  lifecycle {
    ignore_changes = [desired_count]
  }

  depends_on = [aws_iam_role_policy_attachment.deployment, module.roles]
}

# Goes off while a deployment takes over, faster than the alarms that wake people; ECS then goes back.
resource "aws_cloudwatch_metric_alarm" "deployment" {
  alarm_name          = "${var.name}-deployment-errors"
  alarm_description   = "More than 1 % of what the tasks answer is an error; a deployment under way is taken back."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 1
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "percent"
    label       = "errors in percent"
    expression  = "IF(requests > 20, 100 * FILL(errors, 0) / requests, 0)"
    return_data = true
  }

  metric_query {
    id = "errors"

    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "HTTPCode_Target_5XX_Count"
      dimensions  = { LoadBalancer = var.balancer_suffix }
      stat        = "Sum"
      period      = 60
    }
  }

  metric_query {
    id = "requests"

    metric {
      namespace   = "AWS/ApplicationELB"
      metric_name = "RequestCount"
      dimensions  = { LoadBalancer = var.balancer_suffix }
      stat        = "Sum"
      period      = 60
    }
  }
}
