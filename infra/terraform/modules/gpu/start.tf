# The start by hand: the task of the schedule, always the same. Nothing that the caller sends is read, so who may start it
# can put no command, variable or role of their own into it.
resource "aws_sfn_state_machine" "training" {
  # checkov:skip=CKV_AWS_284: one call, nothing to trace
  # checkov:skip=CKV_AWS_285: Step Functions keeps each execution for 90 days; the task writes its own lines
  name     = "${var.name}-training"
  role_arn = module.roles.arns["starter"]

  definition = jsonencode({
    StartAt = "Train"
    States = {
      Train = {
        Type     = "Task"
        Resource = "arn:aws:states:::ecs:runTask"
        Parameters = {
          Cluster                  = var.cluster_arn
          TaskDefinition           = aws_ecs_task_definition.training.arn_without_revision
          PropagateTags            = "TASK_DEFINITION"
          CapacityProviderStrategy = [{ CapacityProvider = aws_ecs_capacity_provider.this.name, Weight = 1 }]
          NetworkConfiguration = {
            AwsvpcConfiguration = {
              Subnets        = var.subnet_ids
              SecurityGroups = [var.security_group_id]
              AssignPublicIp = "DISABLED"
            }
          }
        }
        End = true
      }
    }
  })
}
