resource "aws_sns_topic" "this" {
  for_each = toset(["page", "alert"])

  name              = "${var.name}-${each.value}"
  kms_master_key_id = var.key_arn
}

resource "aws_sns_topic_subscription" "page" {
  for_each = toset(var.page_emails)

  topic_arn = aws_sns_topic.this["page"].arn
  protocol  = "email"
  endpoint  = each.value
}

resource "aws_sns_topic_subscription" "alert" {
  for_each = toset(var.alert_emails)

  topic_arn = aws_sns_topic.this["alert"].arn
  protocol  = "email"
  endpoint  = each.value
}

# Accuracy of the day, the lowest of the models. No figure means that nothing was labelled: that is no bad news.
resource "aws_cloudwatch_metric_alarm" "accuracy" {
  alarm_name          = "${var.name}-accuracy"
  alarm_description   = "A model is right in fewer than ${var.alarms.accuracy_percent} % of its labelled answers of the day."
  comparison_operator = "LessThanThreshold"
  threshold           = var.alarms.accuracy_percent
  evaluation_periods  = 3
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["page"].arn]
  ok_actions          = [aws_sns_topic.this["page"].arn]

  metric_query {
    id          = "lowest"
    label       = "lowest accuracy of a model"
    expression  = "MIN([${join(", ", [for at, _ in var.models : "m${at}"])}])"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = var.models

    content {
      id = "m${metric_query.key}"

      metric {
        namespace   = var.metrics_namespace
        metric_name = "Accuracy"
        dimensions  = { Model = metric_query.value }
        stat        = "Minimum"
        period      = 300
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "latency" {
  alarm_name          = "${var.name}-p95-latency"
  alarm_description   = "One request in twenty takes longer than ${var.alarms.p95_s} s; a task is added."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.alarms.p95_s
  namespace           = var.metrics_namespace
  metric_name         = "Latency"
  extended_statistic  = "p95"
  period              = 60
  evaluation_periods  = 2
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.scale_up_policy_arn, aws_sns_topic.this["alert"].arn]
}

# The busiest GPU, whatever their number is.
resource "aws_cloudwatch_metric_alarm" "gpu" {
  alarm_name          = "${var.name}-gpu"
  alarm_description   = "A GPU is busy for more than ${var.alarms.gpu_percent} % of the time."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.alarms.gpu_percent
  evaluation_periods  = 5
  datapoints_to_alarm = 5
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["alert"].arn]

  metric_query {
    id          = "busiest"
    label       = "use of the busiest GPU"
    expression  = "SELECT MAX(GPUUtilization) FROM \"${var.metrics_namespace}\""
    period      = 60
    return_data = true
  }
}

resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.name}-error-rate"
  alarm_description   = "More than ${var.alarms.error_percent} % of the answers are errors of the service."
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.alarms.error_percent
  namespace           = var.metrics_namespace
  metric_name         = "ErrorRate"
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 2
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.this["page"].arn]
  ok_actions          = [aws_sns_topic.this["page"].arn]
}
