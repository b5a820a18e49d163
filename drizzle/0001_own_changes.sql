CREATE TABLE `own_changes` (
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
CREATE INDEX `own_changes_entity` ON `own_changes` (`resource`,`entity_id`);--> statement-breakpoint
CREATE INDEX `own_changes_observed_at` ON `own_changes` (`observed_at`);