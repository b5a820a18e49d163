CREATE TABLE `changes` (
	`id` integer PRIMARY KEY NOT NULL,
	`run_id` integer NOT NULL,
	`observed_at` text NOT NULL,
	`resource` text NOT NULL,
	`entity_id` integer NOT NULL,
	`field` text,
	`old_value` text,
	`new_value` text
);
--> statement-breakpoint
CREATE INDEX `changes_entity` ON `changes` (`resource`,`entity_id`);--> statement-breakpoint
CREATE INDEX `changes_run_id` ON `changes` (`run_id`);--> statement-breakpoint
CREATE INDEX `changes_observed_at` ON `changes` (`observed_at`);--> statement-breakpoint
CREATE TABLE `results_history` (
	`id` integer PRIMARY KEY NOT NULL,
	`run_id` integer NOT NULL,
	`observed_at` text NOT NULL,
	`experiment_id` integer,
	`variation_id` text,
	`variation_name` text,
	`goal_id` integer,
	`goal_name` text,
	`baseline_id` text,
	`begin_time` text,
	`end_time` text,
	`visitors` integer,
	`conversions` integer,
	`conversion_rate` real,
	`status` text,
	`improvement` real,
	`difference` real,
	`is_revenue` integer,
	`revenue` real,
	`revenue_per_visitor` real,
	`confidence` real,
	`extra` text
);
--> statement-breakpoint
CREATE INDEX `results_history_key` ON `results_history` (`experiment_id`,`variation_id`,`goal_id`,`observed_at`);--> statement-breakpoint
CREATE INDEX `results_history_observed_at` ON `results_history` (`observed_at`);--> statement-breakpoint
CREATE TABLE `stats_history` (
	`id` integer PRIMARY KEY NOT NULL,
	`run_id` integer NOT NULL,
	`observed_at` text NOT NULL,
	`experiment_id` integer,
	`variation_id` text,
	`variation_name` text,
	`goal_id` integer,
	`goal_name` text,
	`baseline_id` text,
	`begin_time` text,
	`end_time` text,
	`visitors` integer,
	`conversions` integer,
	`conversion_rate` real,
	`status` text,
	`improvement` real,
	`difference` real,
	`is_revenue` integer,
	`revenue` real,
	`revenue_per_visitor` real,
	`statistical_significance` real,
	`difference_confidence_interval_min` real,
	`difference_confidence_interval_max` real,
	`visitors_until_statistically_significant` integer,
	`extra` text
);
--> statement-breakpoint
CREATE INDEX `stats_history_key` ON `stats_history` (`experiment_id`,`variation_id`,`goal_id`,`observed_at`);--> statement-breakpoint
CREATE INDEX `stats_history_observed_at` ON `stats_history` (`observed_at`);--> statement-breakpoint
CREATE TABLE `listings` (
	`resource` text NOT NULL,
	`parent_id` integer NOT NULL,
	`due` integer DEFAULT 0 NOT NULL,
	`finished_at` text,
	`chain` integer,
	`rows` integer,
	PRIMARY KEY(`resource`, `parent_id`)
);
--> statement-breakpoint
CREATE TABLE `mirror_meta` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `results` (
	`experiment_id` integer,
	`variation_id` text,
	`variation_name` text,
	`goal_id` integer,
	`goal_name` text,
	`baseline_id` text,
	`begin_time` text,
	`end_time` text,
	`visitors` integer,
	`conversions` integer,
	`conversion_rate` real,
	`status` text,
	`improvement` real,
	`difference` real,
	`is_revenue` integer,
	`revenue` real,
	`revenue_per_visitor` real,
	`confidence` real,
	`extra` text,
	PRIMARY KEY(`experiment_id`, `variation_id`, `goal_id`)
);
--> statement-breakpoint
CREATE INDEX `results_goal_id` ON `results` (`goal_id`);--> statement-breakpoint
CREATE TABLE `stats` (
	`experiment_id` integer,
	`variation_id` text,
	`variation_name` text,
	`goal_id` integer,
	`goal_name` text,
	`baseline_id` text,
	`begin_time` text,
	`end_time` text,
	`visitors` integer,
	`conversions` integer,
	`conversion_rate` real,
	`status` text,
	`improvement` real,
	`difference` real,
	`is_revenue` integer,
	`revenue` real,
	`revenue_per_visitor` real,
	`statistical_significance` real,
	`difference_confidence_interval_min` real,
	`difference_confidence_interval_max` real,
	`visitors_until_statistically_significant` integer,
	`extra` text,
	PRIMARY KEY(`experiment_id`, `variation_id`, `goal_id`)
);
--> statement-breakpoint
CREATE INDEX `stats_goal_id` ON `stats` (`goal_id`);--> statement-breakpoint
CREATE TABLE `outbox` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`resource` text NOT NULL,
	`entity_id` integer NOT NULL,
	`op` text NOT NULL,
	`status` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`error` text,
	`created_at` text NOT NULL,
	`updated_at` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `outbox_entity` ON `outbox` (`resource`,`entity_id`);--> statement-breakpoint
CREATE TABLE `outbox_changes` (
	`outbox_id` integer NOT NULL,
	`field` text NOT NULL,
	`base_value` text,
	`local_value` text,
	`remote_value` text,
	PRIMARY KEY(`outbox_id`, `field`)
);
--> statement-breakpoint
CREATE TABLE `outbox_set_aside` (
	`id` integer PRIMARY KEY NOT NULL,
	`outbox_id` integer NOT NULL,
	`kind` text NOT NULL,
	`resource` text NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `outbox_set_aside_outbox_id` ON `outbox_set_aside` (`outbox_id`);--> statement-breakpoint
CREATE TABLE `outbox_state` (
	`outbox_id` integer PRIMARY KEY NOT NULL,
	`base_body` text,
	`intent` text,
	`origin_id` integer
);
--> statement-breakpoint
CREATE TABLE `push_log` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`run_id` integer,
	`outbox_id` integer NOT NULL,
	`resource` text NOT NULL,
	`entity_id` integer NOT NULL,
	`op` text NOT NULL,
	`outcome` text NOT NULL,
	`changes` text NOT NULL,
	`method` text,
	`path` text,
	`request` text,
	`status` integer,
	`finished_at` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `push_log_outbox_id` ON `push_log` (`outbox_id`);--> statement-breakpoint
CREATE TABLE `remote_projects` (
	`id` integer PRIMARY KEY NOT NULL,
	`parent_id` integer,
	`body` text NOT NULL,
	`extra` text
);
--> statement-breakpoint
CREATE INDEX `remote_projects_parent_id` ON `remote_projects` (`parent_id`);--> statement-breakpoint
CREATE TABLE `remote_audiences` (
	`id` integer PRIMARY KEY NOT NULL,
	`parent_id` integer,
	`body` text NOT NULL,
	`extra` text
);
--> statement-breakpoint
CREATE INDEX `remote_audiences_parent_id` ON `remote_audiences` (`parent_id`);--> statement-breakpoint
CREATE TABLE `remote_dimensions` (
	`id` integer PRIMARY KEY NOT NULL,
	`parent_id` integer,
	`body` text NOT NULL,
	`extra` text
);
--> statement-breakpoint
CREATE INDEX `remote_dimensions_parent_id` ON `remote_dimensions` (`parent_id`);--> statement-breakpoint
CREATE TABLE `remote_experiments` (
	`id` integer PRIMARY KEY NOT NULL,
	`parent_id` integer,
	`body` text NOT NULL,
	`extra` text
);
--> statement-breakpoint
CREATE INDEX `remote_experiments_parent_id` ON `remote_experiments` (`parent_id`);--> statement-breakpoint
CREATE TABLE `remote_variations` (
	`id` integer PRIMARY KEY NOT NULL,
	`parent_id` integer,
	`body` text NOT NULL,
	`extra` text
);
--> statement-breakpoint
CREATE INDEX `remote_variations_parent_id` ON `remote_variations` (`parent_id`);--> statement-breakpoint
CREATE TABLE `remote_schedules` (
	`id` integer PRIMARY KEY NOT NULL,
	`parent_id` integer,
	`body` text NOT NULL,
	`extra` text
);
--> statement-breakpoint
CREATE INDEX `remote_schedules_parent_id` ON `remote_schedules` (`parent_id`);--> statement-breakpoint
CREATE TABLE `remote_goals` (
	`id` integer PRIMARY KEY NOT NULL,
	`parent_id` integer,
	`body` text NOT NULL,
	`extra` text
);
--> statement-breakpoint
CREATE INDEX `remote_goals_parent_id` ON `remote_goals` (`parent_id`);--> statement-breakpoint
CREATE TABLE `sync_guard` (
	`holder` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `sync_runs` (
	`run_id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`mode` text,
	`status` text NOT NULL,
	`started_at` text NOT NULL,
	`finished_at` text,
	`requests` integer DEFAULT 0 NOT NULL,
	`retries` integer DEFAULT 0 NOT NULL,
	`error` text,
	`selection` text,
	`chain` integer
);
--> statement-breakpoint
CREATE TABLE `projects` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`account_id` integer,
	`code_revision` integer,
	`project_name` text,
	`project_status` text,
	`created` text,
	`last_modified` text,
	`library` text,
	`include_jquery` integer,
	`js_file_size` integer,
	`project_javascript` text,
	`enable_force_variation` integer,
	`exclude_disabled_experiments` integer,
	`exclude_names` integer,
	`ip_anonymization` integer,
	`ip_filter` text,
	`socket_token` text,
	`dcp_service_id` integer
);
--> statement-breakpoint
CREATE TABLE `audiences` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`project_id` integer,
	`name` text,
	`description` text,
	`conditions` text,
	`segmentation` integer,
	`archived` integer,
	`created` text,
	`last_modified` text
);
--> statement-breakpoint
CREATE INDEX `audiences_project_id` ON `audiences` (`project_id`);--> statement-breakpoint
CREATE TABLE `dimensions` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`project_id` integer,
	`name` text,
	`client_api_name` text,
	`description` text,
	`last_modified` text
);
--> statement-breakpoint
CREATE INDEX `dimensions_project_id` ON `dimensions` (`project_id`);--> statement-breakpoint
CREATE TABLE `experiments` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`project_id` integer,
	`description` text,
	`edit_url` text,
	`status` text,
	`audience_ids` text,
	`activation_mode` text,
	`conditional_code` text,
	`custom_css` text,
	`custom_js` text,
	`percentage_included` integer,
	`url_conditions` text,
	`experiment_type` text,
	`variation_ids` text,
	`is_multivariate` integer,
	`display_goal_order_lst` text,
	`primary_goal_id` integer,
	`details` text,
	`shareable_results_link` text,
	`created` text,
	`last_modified` text
);
--> statement-breakpoint
CREATE INDEX `experiments_project_id` ON `experiments` (`project_id`);--> statement-breakpoint
CREATE INDEX `experiments_primary_goal_id` ON `experiments` (`primary_goal_id`);--> statement-breakpoint
CREATE TABLE `variations` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`experiment_id` integer,
	`project_id` integer,
	`description` text,
	`is_paused` integer,
	`js_component` text,
	`weight` integer,
	`section_id` integer,
	`created` text
);
--> statement-breakpoint
CREATE INDEX `variations_experiment_id` ON `variations` (`experiment_id`);--> statement-breakpoint
CREATE INDEX `variations_project_id` ON `variations` (`project_id`);--> statement-breakpoint
CREATE TABLE `schedules` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`experiment_id` integer,
	`status` text,
	`start_time` text,
	`stop_time` text
);
--> statement-breakpoint
CREATE INDEX `schedules_experiment_id` ON `schedules` (`experiment_id`);--> statement-breakpoint
CREATE TABLE `goals` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`project_id` integer,
	`title` text,
	`goal_type` integer,
	`archived` integer,
	`addable` integer,
	`description` text,
	`experiment_ids` text,
	`selector` text,
	`target_to_experiments` integer,
	`target_urls` text,
	`target_url_match_types` text,
	`urls` text,
	`url_match_types` text,
	`event` text,
	`is_editable` integer,
	`created` text,
	`last_modified` text
);
--> statement-breakpoint
CREATE INDEX `goals_project_id` ON `goals` (`project_id`);