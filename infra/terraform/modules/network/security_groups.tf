# Who may talk to whom, in one place. Everything that is not here is refused.
locals {
  groups = {
    balancer = "Load balancer: takes requests from CloudFront"
    service  = "Tasks that answer"
    training = "Instances that train"
    database = "PostgreSQL"
    cache    = "Valkey"
    files    = "Models that clients have sent"
  }

  # from, to, port
  allowed = {
    balancer-to-service  = ["balancer", "service", 3000]
    service-to-database  = ["service", "database", 5432]
    service-to-cache     = ["service", "cache", 6379]
    service-to-files     = ["service", "files", 2049]
    training-to-database = ["training", "database", 5432]
  }
}

data "aws_ec2_managed_prefix_list" "cloudfront" {
  name = "com.amazonaws.global.cloudfront.origin-facing"
}

resource "aws_security_group" "this" {
  # checkov:skip=CKV2_AWS_5: the groups are attached by the modules that get their ids
  for_each = local.groups

  name        = "${var.name}-${each.key}"
  description = each.value
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name}-${each.key}" }
}

resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  security_group_id = aws_security_group.this["balancer"].id
  description       = "HTTPS from CloudFront's VPC origins"
  prefix_list_id    = data.aws_ec2_managed_prefix_list.cloudfront.id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

# The listener on which a new deployment is tried before it gets requests.
resource "aws_vpc_security_group_ingress_rule" "test" {
  security_group_id = aws_security_group.this["balancer"].id
  description       = "Trial of a new deployment from inside"
  cidr_ipv4         = var.network.cidr
  ip_protocol       = "tcp"
  from_port         = 8443
  to_port           = 8443
}

resource "aws_vpc_security_group_ingress_rule" "inside" {
  for_each = local.allowed

  security_group_id            = aws_security_group.this[each.value[1]].id
  description                  = each.key
  referenced_security_group_id = aws_security_group.this[each.value[0]].id
  ip_protocol                  = "tcp"
  from_port                    = each.value[2]
  to_port                      = each.value[2]
}

resource "aws_vpc_security_group_egress_rule" "inside" {
  for_each = local.allowed

  security_group_id            = aws_security_group.this[each.value[0]].id
  description                  = each.key
  referenced_security_group_id = aws_security_group.this[each.value[1]].id
  ip_protocol                  = "tcp"
  from_port                    = each.value[2]
  to_port                      = each.value[2]
}

# AWS's own interfaces (S3, Secrets Manager, logs, ECR) and the issuer's keys.
resource "aws_vpc_security_group_egress_rule" "https" {
  for_each = toset(["service", "training"])

  security_group_id = aws_security_group.this[each.value].id
  description       = "HTTPS out"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
