package main

import "time"

// lines are the parts of the report, in its order.
func lines() []line {
	const short, long, huge = 4 * time.Minute, 10 * time.Minute, 20 * time.Minute
	return []line{
		{"effective", "Effective values of one user, in process", short, effectiveInProcess},
		{"effective-http", "Effective values over HTTP, against the same server answering a constant", short,
			effectiveOverHTTP},
		{"stack", "What a request costs beside its handler, against a bare handler", short, stack},
		{"effective-cold", "Effective values of users who are not in the cache", long, coldUsers},
		{"effective-sql", "Effective values, against a recursive SQL query on PostgreSQL", short, effectiveAgainstSQL},
		{"effective-opa", "Effective values over HTTP, against Open Policy Agent", short, effectiveAgainstOPA},
		{"looker-reads", "Looker: one user, one group and the values of a user, against a constant of the same bytes", long,
			lookerReads},
		{"looker-pages", "Looker: pages of users and groups", short, lookerPages},
		{"propeller-reads", "Propeller: one usergroup and one user, against a constant of the same bytes", short,
			propellerReads},
		{"propeller-bulk", "Propeller: calls of many items, and what another writer waits", short, propellerBulk},
		{"seeds", "The two first calls as durable writes, against the same edit in process", short, seeds},
		{"writes-sqlite", "Durable writes on SQLite: grouped, one by one, and without Cohort", short, writesToSQLite},
		{"writes-postgres", "Durable writes on PostgreSQL: grouped, one by one, and without Cohort", short, writesToPostgres},
		{"import-sqlite", "Imports into SQLite, against bare inserts; memory of import and export", huge, importsToSQLite},
		{"import-postgres", "Imports into PostgreSQL, against COPY", huge, importsToPostgres},
		{"start", "Start of the program, and its memory", long, start},
		{"preview", "Previews of changes that touch many users", long, previews},
		{"holders", "Who has a value", long, holders},
		{"members", "Members of large and small groups", long, members},
		{"search", "Searches among many users", long, searches},
		{"scim", "What identity providers send, among users who are all in one group", long, scimRequests},
		{"nodes", "A write on one node, read on another (PostgreSQL)", short, nodes},
		{"growth-users", "What grows with the users, at the same policy", long, growthOfUsers},
		{"growth-groups", "What grows with the policy, at the same users", long, growthOfGroups},
	}
}
