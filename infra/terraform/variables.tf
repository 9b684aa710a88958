variable "project" {
  description = "Name of the project, the first part of every resource's name."
  type        = string
  default     = "structural-design"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,16}$", var.project))
    error_message = "project: 3 to 17 lower-case letters, digits and dashes, a letter first; load balancers allow 32 in all."
  }
}

variable "environment" {
  description = "Stage that this state describes, the second part of every name."
  type        = string
  default     = "production"

  validation {
    condition     = contains(["production", "staging", "development"], var.environment)
    error_message = "environment: production, staging or development."
  }
}

variable "region" {
  description = "AWS region of everything but the edge."
  type        = string
  default     = "us-east-1"
}

variable "network" {
  description = "Address range, number of availability zones, and whether each zone has its own NAT gateway."
  type = object({
    cidr               = optional(string, "10.20.0.0/16")
    zones              = optional(number, 2)
    nat_gateway_a_zone = optional(bool, true)
    flow_log_days      = optional(number, 365)
  })
  default = {}

  validation {
    condition     = can(cidrhost(var.network.cidr, 0)) && tonumber(split("/", var.network.cidr)[1]) <= 20
    error_message = "network.cidr: an IPv4 range of /20 or larger."
  }
  validation {
    condition     = var.network.zones >= 2 && var.network.zones <= 4
    error_message = "network.zones: 2 to 4; with one, the loss of a zone is the loss of the service."
  }
}

variable "domain_name" {
  description = "Name that clients ask, for example api.example.com."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain_name))
    error_message = "domain_name: a host name in lower case, without scheme or path."
  }
}

variable "hosted_zone_id" {
  description = "Route 53 zone that gets the record of domain_name; null leaves DNS to others."
  type        = string
  default     = null
}

variable "certificate_arn" {
  description = "ACM certificate for domain_name in the region of the load balancer."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:acm:", var.certificate_arn))
    error_message = "certificate_arn: the ARN of an ACM certificate."
  }
}

variable "edge_certificate_arn" {
  description = "ACM certificate for domain_name in us-east-1, for CloudFront."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:acm:us-east-1:", var.edge_certificate_arn))
    error_message = "edge_certificate_arn: the ARN of an ACM certificate in us-east-1."
  }
}

variable "edge" {
  description = "Requests one address may make in five minutes, and the price class of CloudFront."
  type = object({
    requests_per_5_min = optional(number, 30000)
    price_class        = optional(string, "PriceClass_100")
  })
  default = {}

  validation {
    condition     = var.edge.requests_per_5_min >= 10
    error_message = "edge.requests_per_5_min: 10 or more, the least that WAF takes."
  }
}

variable "tls_policy" {
  description = "Security policy of the load balancer's listener: TLS 1.3 and nothing older."
  type        = string
  default     = "ELBSecurityPolicy-TLS13-1-3-2021-06"

  validation {
    condition     = can(regex("^ELBSecurityPolicy-TLS13-1-3-", var.tls_policy))
    error_message = "tls_policy: a policy that begins with ELBSecurityPolicy-TLS13-1-3-."
  }
}

variable "health_check" {
  description = "How the load balancer asks each task whether it answers. Times in seconds, thresholds in answers."
  type = object({
    path                = optional(string, "/api/v1/health")
    interval_s          = optional(number, 30)
    timeout_s           = optional(number, 10)
    healthy_threshold   = optional(number, 2)
    unhealthy_threshold = optional(number, 3)
  })
  default = {}

  validation {
    condition     = var.health_check.timeout_s < var.health_check.interval_s
    error_message = "health_check.timeout_s must be below health_check.interval_s."
  }
}

variable "serving_image" {
  description = "Container image of the service, by digest, so that what was scanned is what runs."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.serving_image))
    error_message = "serving_image: repository@sha256:<64 hex digits>, not a tag."
  }
}

variable "training_image" {
  description = "Container image of the training task, by digest."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.training_image))
    error_message = "training_image: repository@sha256:<64 hex digits>, not a tag."
  }
}

variable "task" {
  description = "Size of one serving task: CPU units (1024 a vCPU), memory and workers."
  type = object({
    cpu_units  = optional(number, 4096)
    memory_mib = optional(number, 16384)
    workers    = optional(number, 4)
  })
  default = {}

  validation {
    condition     = contains([1024, 2048, 4096, 8192], var.task.cpu_units)
    error_message = "task.cpu_units: 1024, 2048, 4096 or 8192."
  }
  validation {
    condition     = var.task.memory_mib >= 2 * var.task.cpu_units && var.task.memory_mib <= 8 * var.task.cpu_units
    error_message = "task.memory_mib: two to eight times cpu_units, as Fargate sells them."
  }
}

variable "scaling" {
  description = "Number of serving tasks and what changes it. Percentages are averages over the tasks."
  type = object({
    min_tasks      = optional(number, 2)
    max_tasks      = optional(number, 10)
    cpu_percent    = optional(number, 70)
    memory_percent = optional(number, 80)
    up_after_s     = optional(number, 120)
    down_after_s   = optional(number, 300)
  })
  default = {}

  validation {
    condition     = var.scaling.min_tasks >= 2
    error_message = "scaling.min_tasks: 2 or more; one task is no service while it is replaced."
  }
  validation {
    condition     = var.scaling.max_tasks >= var.scaling.min_tasks
    error_message = "scaling.max_tasks must not be below scaling.min_tasks."
  }
  validation {
    condition = alltrue([
      for percent in [var.scaling.cpu_percent, var.scaling.memory_percent] : percent >= 10 && percent <= 95
    ])
    error_message = "scaling.cpu_percent and scaling.memory_percent: 10 to 95."
  }
}

variable "deployment" {
  description = "How a new image takes over: strategy of ECS, share of the first step (CANARY, LINEAR), and waiting times."
  type = object({
    strategy     = optional(string, "BLUE_GREEN")
    step_percent = optional(number, 10)
    step_minutes = optional(number, 10)
    bake_minutes = optional(number, 15)
  })
  default = {}

  validation {
    condition     = contains(["BLUE_GREEN", "CANARY", "LINEAR"], var.deployment.strategy)
    error_message = "deployment.strategy: BLUE_GREEN, CANARY or LINEAR."
  }
  validation {
    condition     = var.deployment.step_percent > 0 && var.deployment.step_percent <= 50
    error_message = "deployment.step_percent: above 0, at most 50."
  }
}

variable "auth" {
  description = "Whose tokens the service trusts: URL of the key set, issuer and audience."
  type = object({
    jwks_url = string
    issuer   = string
    audience = string
  })

  validation {
    condition     = startswith(var.auth.jwks_url, "https://")
    error_message = "auth.jwks_url: https only, because whoever can change the keys can make tokens."
  }
}

variable "trusted_model_keys" {
  description = "Public keys (PEM) whose signatures on model versions service and training trust: the output signing_public_key, two while one replaces another."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for key in var.trusted_model_keys : startswith(key, "-----BEGIN PUBLIC KEY-----")])
    error_message = "trusted_model_keys: public keys that begin with -----BEGIN PUBLIC KEY-----."
  }
}

variable "gpu" {
  description = "GPU instances for training: type, number, share in use that is aimed at, and times of growing and shrinking."
  type = object({
    instance_type   = optional(string, "g5.xlarge")
    min_instances   = optional(number, 0)
    max_instances   = optional(number, 5)
    target_percent  = optional(number, 85)
    up_after_s      = optional(number, 300)
    down_after_s    = optional(number, 1800)
    cpu_units       = optional(number, 4096)
    memory_mib      = optional(number, 14336)
    gpus            = optional(number, 1)
    root_volume_gib = optional(number, 200)
  })
  default = {}

  validation {
    condition     = can(regex("^(g|p)[0-9]", var.gpu.instance_type))
    error_message = "gpu.instance_type: an EC2 type with a GPU (g… or p…); Fargate has none."
  }
  validation {
    condition     = var.gpu.min_instances >= 0 && var.gpu.max_instances >= max(1, var.gpu.min_instances)
    error_message = "gpu.max_instances must be at least 1 and not below gpu.min_instances."
  }
  validation {
    condition     = var.gpu.target_percent >= 1 && var.gpu.target_percent <= 100
    error_message = "gpu.target_percent: 1 to 100."
  }
}

variable "retraining_schedule" {
  description = "When the monthly retraining starts, as EventBridge writes it, in UTC; null = by hand only."
  type        = string
  default     = "cron(0 3 1 * ? *)"
}

variable "database" {
  description = "PostgreSQL: instance class, storage, and days of point-in-time recovery."
  type = object({
    engine_version  = optional(string, "17")
    instance_class  = optional(string, "db.r6g.2xlarge")
    storage_gib     = optional(number, 500)
    max_storage_gib = optional(number, 1000)
    multi_az        = optional(bool, true)
    backup_days     = optional(number, 30)
  })
  default = {}

  validation {
    condition     = var.database.backup_days >= 7 && var.database.backup_days <= 35
    error_message = "database.backup_days: 7 to 35; RDS keeps no more than 35 days of point-in-time recovery."
  }
  validation {
    condition     = var.database.max_storage_gib >= var.database.storage_gib
    error_message = "database.max_storage_gib must not be below database.storage_gib."
  }
}

variable "cache" {
  description = "Valkey: node type and number of nodes; two or more survive the loss of one."
  type = object({
    engine_version = optional(string, "8.0")
    node_type      = optional(string, "cache.r6g.xlarge")
    nodes          = optional(number, 2)
    snapshot_days  = optional(number, 7)
  })
  default = {}

  validation {
    condition     = var.cache.nodes >= 2 && var.cache.nodes <= 6
    error_message = "cache.nodes: 2 to 6."
  }
}

variable "cache_auth_token" {
  description = "Password of the cache, 16 to 128 printable characters; kept in the state, which is encrypted."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9!&#$^<>_-]{16,128}$", var.cache_auth_token))
    error_message = "cache_auth_token: 16 to 128 letters, digits and !&#$^<>-_."
  }
}

variable "storage" {
  description = "Buckets: days until objects move to cheaper classes and until replaced versions are deleted."
  type = object({
    infrequent_after_days  = optional(number, 30)
    archive_after_days     = optional(number, 180)
    old_versions_kept_days = optional(number, 90)
  })
  default = {}

  validation {
    condition     = var.storage.infrequent_after_days >= 30 && var.storage.archive_after_days >= var.storage.infrequent_after_days + 30
    error_message = "storage: infrequent_after_days is 30 or more, archive_after_days at least 30 later, as S3 asks."
  }
}

variable "alarms" {
  description = "Thresholds of the four alarms; the same figures as in the service's settings (SDAI_TELEMETRY_…)."
  type = object({
    accuracy_percent = optional(number, 95)
    p95_s            = optional(number, 2)
    gpu_percent      = optional(number, 90)
    error_percent    = optional(number, 1)
  })
  default = {}

  validation {
    condition     = var.alarms.accuracy_percent > 0 && var.alarms.accuracy_percent <= 100
    error_message = "alarms.accuracy_percent: above 0, at most 100."
  }
}

variable "page_emails" {
  description = "Who is woken by a page; addresses that a paging service listens on."
  type        = list(string)

  validation {
    condition     = length(var.page_emails) > 0
    error_message = "page_emails: at least one, or the alarms reach nobody."
  }
}

variable "alert_emails" {
  description = "Who is told of alerts and of the budget."
  type        = list(string)

  validation {
    condition     = length(var.alert_emails) > 0
    error_message = "alert_emails: at least one, or budget and alerts reach nobody."
  }
}

variable "monthly_budget_usd" {
  description = "Limit of the monthly costs; 80 % spent, 100 % spent and 100 % foreseen are told."
  type        = number
  default     = 15000

  validation {
    condition     = var.monthly_budget_usd > 0
    error_message = "monthly_budget_usd: above 0."
  }
}

variable "people" {
  description = "ARNs that may take each of the three roles. An empty list leaves a role that nobody can take."
  type = object({
    data_scientists    = optional(list(string), [])
    platform_engineers = optional(list(string), [])
    api_users          = optional(list(string), [])
  })
  default = {}
}
