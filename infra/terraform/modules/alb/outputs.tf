output "balancer_arn" {
  description = "ARN of the load balancer."
  value       = aws_lb.this.arn
}

output "balancer_dns" {
  description = "Name of the load balancer inside the network."
  value       = aws_lb.this.dns_name
}

output "balancer_suffix" {
  description = "The load balancer as CloudWatch names it."
  value       = aws_lb.this.arn_suffix
}

output "target_groups" {
  description = "ARN and CloudWatch's name of the blue and the green target group."
  value = {
    for colour, group in aws_lb_target_group.this : colour => { arn = group.arn, suffix = group.arn_suffix }
  }
}

output "listener_rule_arn" {
  description = "Rule that sends requests to the group in service."
  value       = aws_lb_listener_rule.this["production"].arn
}

output "test_listener_rule_arn" {
  description = "Rule that sends trials to the group that is to take over."
  value       = aws_lb_listener_rule.this["test"].arn
}
