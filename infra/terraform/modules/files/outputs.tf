output "file_system_id" {
  description = "The file system."
  value       = aws_efs_file_system.ifc.id
}

output "file_system_arn" {
  description = "ARN of the file system."
  value       = aws_efs_file_system.ifc.arn
}

output "access_point_id" {
  description = "The folder that tasks mount."
  value       = aws_efs_access_point.ifc.id
}
