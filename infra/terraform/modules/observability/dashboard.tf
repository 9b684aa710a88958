locals {
  own = var.metrics_namespace

  # title, metrics, statistic; two in a row
  widgets = [
    ["Requests and errors", [
      [local.own, "Requests"], [local.own, "ClientErrors"], [local.own, "ServerErrors"],
    ], "Sum"],
    ["Latency of requests", [
      [local.own, "Latency", { stat = "p50" }], [local.own, "Latency", { stat = "p95" }],
      [local.own, "Latency", { stat = "p99" }],
    ], "p95"],
    ["Error rate", [[local.own, "ErrorRate"]], "Average"],
    ["Accuracy by model", [for model in var.models : [local.own, "Accuracy", "Model", model]], "Minimum"],
    ["Use of CPU and memory", [
      ["AWS/ECS", "CPUUtilization", "ClusterName", var.cluster_name, "ServiceName", var.service_name],
      ["AWS/ECS", "MemoryUtilization", "ClusterName", var.cluster_name, "ServiceName", var.service_name],
    ], "Average"],
    ["Use of GPUs", [
      [{ expression = "SEARCH('Namespace=\"${local.own}\" MetricName=\"GPUUtilization\"', 'Maximum')" }],
    ], "Maximum"],
    ["Cache hit rate by level and model", [
      [{ expression = "SEARCH('{\"${local.own}\",Level,Model} MetricName=\"CacheHitRate\"', 'Average')" }],
    ], "Average"],
    ["Cost of a prediction", concat(
      [for model in var.models : [local.own, "CostPerPrediction", "Model", model]],
      [[local.own, "TaskCostPerPrediction"]],
    ), "Average"],
    ["Answers by the load balancer", [
      ["AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", "LoadBalancer", var.balancer_suffix],
      ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", var.balancer_suffix],
      ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", var.balancer_suffix],
    ], "Sum"],
    ["Database", [
      ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database_id],
      ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", var.database_id],
    ], "Average"],
    ["Records that wait for the database", [[local.own, "RecorderJournal"], [local.own, "RecorderLag"]], "Maximum"],
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type   = "alarm"
        x      = 0
        y      = 0
        width  = 24
        height = 3
        properties = {
          title = "Alarms"
          alarms = [
            aws_cloudwatch_metric_alarm.accuracy.arn,
            aws_cloudwatch_metric_alarm.latency.arn,
            aws_cloudwatch_metric_alarm.gpu.arn,
            aws_cloudwatch_metric_alarm.errors.arn,
          ]
        }
      }],
      [for at, widget in local.widgets : {
        type   = "metric"
        x      = at % 2 * 12
        y      = 3 + floor(at / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget[0]
          metrics = widget[1]
          stat    = widget[2]
          period  = 60
          region  = var.region
          view    = "timeSeries"
        }
      }],
    )
  })
}
