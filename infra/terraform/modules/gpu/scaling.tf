# ECS grows the group from nothing for tasks that wait, and keeps the target. Beside it: one instance more when the GPUs
# that are there have been busy for long, one less when they have been idle for long.
resource "aws_autoscaling_policy" "step" {
  for_each = { up = 1, down = -1 }

  name                   = "${var.name}-gpu-${each.key}"
  autoscaling_group_name = aws_autoscaling_group.this.name
  policy_type            = "SimpleScaling"
  adjustment_type        = "ChangeInCapacity"
  scaling_adjustment     = each.value
  cooldown               = each.key == "up" ? var.gpu.up_after_s : var.gpu.down_after_s
}

resource "aws_cloudwatch_metric_alarm" "busy" {
  alarm_name          = "${var.name}-gpu-busy"
  alarm_description   = "GPUs above ${var.gpu.target_percent} % for ${var.gpu.up_after_s / 60} minutes: one instance more."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.gpu.target_percent
  evaluation_periods  = var.gpu.up_after_s / 60
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_autoscaling_policy.step["up"].arn]

  metric_query {
    id          = "busy"
    expression  = "SELECT AVG(GPUUtilization) FROM \"${var.metrics_namespace}\""
    period      = 60
    return_data = true
  }
}

resource "aws_cloudwatch_metric_alarm" "idle" {
  alarm_name          = "${var.name}-gpu-idle"
  alarm_description   = "GPUs idle for ${var.gpu.down_after_s / 60} minutes: one instance less."
  comparison_operator = "LessThanThreshold"
  threshold           = 5
  evaluation_periods  = var.gpu.down_after_s / 60
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_autoscaling_policy.step["down"].arn]

  metric_query {
    id          = "idle"
    expression  = "SELECT AVG(GPUUtilization) FROM \"${var.metrics_namespace}\""
    period      = 60
    return_data = true
  }
}
