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
CREATE INDEX `own_changes_observed_at` ON `own_changes` (`observed_at`);--> statement-breakpoint
INSERT INTO `own_changes` (`run_id`, `observed_at`, `resource`, `entity_id`, `field`, `old_value`, `new_value`)
SELECT p.run_id, p.finished_at, p.resource, p.entity_id, c.value ->> '$.field', c.value -> '$.base', c.value -> '$.local'
FROM `push_log` AS p, json_each(p.changes) AS c WHERE p.outcome = 'sent' AND p.op = 'update' AND p.run_id IS NOT NULL ORDER BY p.id;--> statement-breakpoint
INSERT INTO `own_changes` (`run_id`, `observed_at`, `resource`, `entity_id`, `new_value`)
SELECT p.run_id, p.finished_at, p.resource, p.entity_id, '{}' FROM `push_log` AS p
WHERE p.outcome = 'sent' AND p.op = 'create' AND p.run_id IS NOT NULL AND NOT EXISTS
(SELECT 1 FROM `changes` AS c WHERE c.resource = p.resource AND c.entity_id = p.entity_id AND c.field IS NULL AND c.old_value IS NULL) ORDER BY p.id;
