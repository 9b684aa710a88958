output "dashboard" {
  description = "Name of the dashboard."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}

output "alarm_names" {
  description = "Names of the four alarms."
  value = {
    accuracy = aws_cloudwatch_metric_alarm.accuracy.alarm_name
    latency  = aws_cloudwatch_metric_alarm.latency.alarm_name
    gpu      = aws_cloudwatch_metric_alarm.gpu.alarm_name
    errors   = aws_cloudwatch_metric_alarm.errors.alarm_name
  }
}
