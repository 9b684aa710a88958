output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "private_subnet_ids" {
  description = "Subnets of load balancer, tasks and instances; they reach the internet through NAT."
  value       = [for zone in local.zones : aws_subnet.this["private-${zone}"].id]
}

output "data_subnet_ids" {
  description = "Subnets of database and cache; they reach nothing."
  value       = [for zone in local.zones : aws_subnet.this["data-${zone}"].id]
}

output "balancer_security_group_id" {
  description = "Group of the load balancer."
  value       = aws_security_group.this["balancer"].id
}

output "service_security_group_id" {
  description = "Group of the serving tasks."
  value       = aws_security_group.this["service"].id
}

output "training_security_group_id" {
  description = "Group of the training instances."
  value       = aws_security_group.this["training"].id
}

output "database_security_group_id" {
  description = "Group of PostgreSQL."
  value       = aws_security_group.this["database"].id
}

output "cache_security_group_id" {
  description = "Group of Valkey."
  value       = aws_security_group.this["cache"].id
}

output "files_security_group_id" {
  description = "Group of the shared file system."
  value       = aws_security_group.this["files"].id
}
