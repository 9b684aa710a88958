# Fargate has no GPU: training runs on EC2 instances that are there only while there is something to train.
data "aws_ssm_parameter" "image" {
  name = "/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"
}

data "aws_caller_identity" "current" {}

resource "aws_launch_template" "this" {
  name_prefix            = "${var.name}-gpu-"
  image_id               = data.aws_ssm_parameter.image.value
  instance_type          = var.gpu.instance_type
  update_default_version = true
  vpc_security_group_ids = [var.security_group_id]

  iam_instance_profile {
    arn = aws_iam_instance_profile.this.arn
  }

  # Version 2 only, one hop: a container cannot take the instance's role.
  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  monitoring {
    enabled = true
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.gpu.root_volume_gib
      encrypted             = true
      delete_on_termination = true
    }
  }

  user_data = base64encode(join("\n", [
    "#!/bin/bash",
    "cat >> /etc/ecs/ecs.config <<'END'",
    "ECS_CLUSTER=${var.cluster_name}",
    "ECS_ENABLE_GPU_SUPPORT=true",
    "ECS_AWSVPC_BLOCK_IMDS=true",
    "END",
    "dnf install --assumeyes amazon-cloudwatch-agent",
    "cat > /opt/aws/amazon-cloudwatch-agent/etc/gpu.json <<'END'",
    local.gpu_metrics,
    "END",
    "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:/opt/aws/amazon-cloudwatch-agent/etc/gpu.json",
    "",
  ]))

  tag_specifications {
    resource_type = "instance"
    tags          = { Name = "${var.name}-gpu" }
  }
}

resource "aws_autoscaling_group" "this" {
  name                  = "${var.name}-gpu"
  vpc_zone_identifier   = var.subnet_ids
  min_size              = var.gpu.min_instances
  max_size              = var.gpu.max_instances
  health_check_type     = "EC2"
  protect_from_scale_in = true
  default_cooldown      = var.gpu.up_after_s

  launch_template {
    id      = aws_launch_template.this.id
    version = aws_launch_template.this.latest_version
  }

  tag {
    key                 = "AmazonECSManaged"
    value               = "true"
    propagate_at_launch = true
  }

  tag {
    key                 = "Name"
    value               = "${var.name}-gpu"
    propagate_at_launch = true
  }

  # ECS sets it.
  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_ecs_capacity_provider" "this" {
  name = "${var.name}-gpu"

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.this.arn
    managed_termination_protection = "ENABLED"
    managed_draining               = "ENABLED"

    managed_scaling {
      status                    = "ENABLED"
      target_capacity           = var.gpu.target_percent
      instance_warmup_period    = var.gpu.up_after_s
      minimum_scaling_step_size = 1
      maximum_scaling_step_size = 1
    }
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = var.cluster_name
  capacity_providers = ["FARGATE", aws_ecs_capacity_provider.this.name]
}

resource "aws_cloudwatch_log_group" "training" {
  name              = "/${var.name}/training"
  retention_in_days = 365
  kms_key_id        = var.log_key_arn
}

resource "aws_ecs_task_definition" "training" {
  family                   = "${var.name}-training"
  requires_compatibilities = ["EC2"]
  network_mode             = "awsvpc"
  cpu                      = tostring(var.gpu.cpu_units)
  memory                   = tostring(var.gpu.memory_mib)
  execution_role_arn       = module.roles.arns["execution"]
  task_role_arn            = module.roles.arns["task"]
  tags                     = local.task_tags

  container_definitions = jsonencode([{
    name                   = "training"
    image                  = var.image
    essential              = true
    user                   = "${var.user_id}:${var.user_id}"
    readonlyRootFilesystem = true
    command                = ["sdai", "run", "--scheduled"]
    stopTimeout            = 120
    resourceRequirements   = [{ type = "GPU", value = tostring(var.gpu.gpus) }]
    linuxParameters = {
      initProcessEnabled = true
      capabilities       = { drop = ["ALL"] }
    }
    environment = [for name, value in local.environment : { name = name, value = value }]
    secrets     = [for name, arn in var.secrets : { name = name, valueFrom = arn }]
    mountPoints = [
      { sourceVolume = "home", containerPath = local.home, readOnly = false },
      { sourceVolume = "tmp", containerPath = "/tmp", readOnly = false },
    ]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.training.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "training"
      }
    }
  }])

  # A volume of the instance: a task that is started again there goes on where it was.
  dynamic "volume" {
    for_each = ["home", "tmp"]

    content {
      name = volume.value

      docker_volume_configuration {
        scope  = volume.value == "home" ? "shared" : "task"
        driver = "local"

        autoprovision = volume.value == "home" ? true : null
      }
    }
  }
}

locals {
  home = "/var/lib/sdai"

  # What tells a task of training from one of the service, which runs in the same cluster.
  task_tags = { Part = "training" }

  # How busy the GPUs are, under the name that the service's own figure has where it runs beside one.
  gpu_metrics = jsonencode({
    metrics = {
      namespace = var.metrics_namespace
      metrics_collected = {
        nvidia_gpu = {
          measurement                 = [{ name = "utilization_gpu", rename = "GPUUtilization", unit = "Percent" }]
          metrics_collection_interval = 60
        }
      }
    }
  })

  environment = {
    SDAI_PATHS_HOME                  = local.home
    SDAI_TRAINING_DEVICE             = "auto"
    SDAI_MODELS_BUCKET               = var.buckets.models
    SDAI_MODELS_REGION               = var.region
    SDAI_STORE_SSL_MODE              = "verify-full"
    SDAI_STORE_SSL_ROOT_CERT         = var.database_root_cert
    SDAI_SIGNING_KMS_KEY             = var.signing_key_arn
    SDAI_SIGNING_KMS_REGION          = var.region
    SDAI_SIGNING_TRUSTED_PEMS        = jsonencode(var.trusted_model_keys)
    SDAI_TRACKING_ARTIFACTS          = "s3://${var.buckets.mlflow}/artifacts"
    SDAI_TELEMETRY_CLOUDWATCH_REGION = var.region
  }
}
