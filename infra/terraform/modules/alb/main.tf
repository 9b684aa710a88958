locals {
  service_port = 3000

  # The service is gone ten seconds after it was told to end (SDAI_SERVING_DRAIN_TIMEOUT_S).
  drain_s = 15
}

resource "aws_lb" "this" {
  name               = var.name
  internal           = true
  load_balancer_type = "application"
  subnets            = var.subnet_ids
  security_groups    = [var.security_group_id]

  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"
  enable_deletion_protection = true
  idle_timeout               = 60 # less than SDAI_SERVING_KEEP_ALIVE_S, or a request may meet a connection being closed

  access_logs {
    bucket  = var.log_bucket
    prefix  = "alb"
    enabled = true
  }
}

# Two groups: one has the tasks in service, the other those of the deployment that is to take over.
resource "aws_lb_target_group" "this" {
  # checkov:skip=CKV_AWS_378: TLS ends at the load balancer; from there it is one hop inside private subnets
  for_each = toset(["blue", "green"])

  name                          = "${var.name}-${substr(each.value, 0, 1)}"
  vpc_id                        = var.vpc_id
  target_type                   = "ip"
  protocol                      = "HTTP"
  port                          = local.service_port
  load_balancing_algorithm_type = "round_robin"
  deregistration_delay          = local.drain_s

  health_check {
    path                = var.health_check.path
    protocol            = "HTTP"
    matcher             = "200"
    interval            = var.health_check.interval_s
    timeout             = var.health_check.timeout_s
    healthy_threshold   = var.health_check.healthy_threshold
    unhealthy_threshold = var.health_check.unhealthy_threshold
  }
}

resource "aws_lb_listener" "production" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = var.tls_policy
  certificate_arn   = var.certificate_arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "not found"
      status_code  = "404"
    }
  }
}

# Only from inside the network: a deployment is tried here before it gets requests.
resource "aws_lb_listener" "test" {
  load_balancer_arn = aws_lb.this.arn
  port              = 8443
  protocol          = "HTTPS"
  ssl_policy        = var.tls_policy
  certificate_arn   = var.certificate_arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      message_body = "not found"
      status_code  = "404"
    }
  }
}

resource "aws_lb_listener_rule" "this" {
  for_each = {
    production = { listener = aws_lb_listener.production.arn, group = "blue" }
    test       = { listener = aws_lb_listener.test.arn, group = "green" }
  }

  listener_arn = each.value.listener
  priority     = 1

  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this[each.value.group].arn
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }

  # ECS shifts the weights between the groups.
  lifecycle {
    ignore_changes = [action]
  }
}
