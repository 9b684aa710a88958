# The monthly retraining. A run that was cut off is taken up by the next one with the same command.
resource "aws_scheduler_schedule" "monthly" {
  # checkov:skip=CKV_AWS_297: the schedule holds the names of a cluster and a task definition, nothing to hide
  count = var.schedule == null ? 0 : 1

  name                         = "${var.name}-retraining"
  schedule_expression          = var.schedule
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode                      = "FLEXIBLE"
    maximum_window_in_minutes = 60
  }

  target {
    arn      = var.cluster_arn
    role_arn = module.roles.arns["scheduler"]

    ecs_parameters {
      task_definition_arn = aws_ecs_task_definition.training.arn_without_revision
      task_count          = 1
      propagate_tags      = "TASK_DEFINITION"

      capacity_provider_strategy {
        capacity_provider = aws_ecs_capacity_provider.this.name
        weight            = 1
      }

      network_configuration {
        subnets          = var.subnet_ids
        security_groups  = [var.security_group_id]
        assign_public_ip = false
      }
    }

    retry_policy {
      maximum_retry_attempts       = 3
      maximum_event_age_in_seconds = 3600
    }
  }
}
