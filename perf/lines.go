package main

import "time"

// How long lines may take.
const (
	short = 4 * time.Minute
	long  = 10 * time.Minute
	huge  = 20 * time.Minute
)

// lines are the parts of the report, in its order.
func lines() []line { return append(doorLines(), storageLines()...) }

// doorLines are those of what clients ask for.
func doorLines() []line {
	return []line{
		{"Native API", "effective", "Effective values of one user, in process", short, effectiveInProcess},
		{
			"Native API", "effective-http",
			"Effective values over HTTP, against the same server answering a constant", short, effectiveOverHTTP,
		},
		{"Every surface", "stack", "What a request costs beside its handler, against a bare handler", short, stack},
		{"Native API", "effective-cold", "Effective values of users who are not in the cache", long, coldUsers},
		{
			"Native API", "effective-sql",
			"Effective values, against a recursive SQL query on PostgreSQL", short, effectiveAgainstSQL,
		},
		{
			"Native API", "effective-opa",
			"Effective values over HTTP, against Open Policy Agent", short, effectiveAgainstOPA,
		},
		{
			"Looker", "looker-reads",
			"Looker: one user, one group and the values of a user, against a constant of the same bytes", long, lookerReads,
		},
		{"Looker", "looker-pages", "Looker: pages of users and groups", short, lookerPages},
		{
			"Propeller", "propeller-reads",
			"Propeller: one usergroup and one user, against a constant of the same bytes", short, propellerReads,
		},
		{
			"Propeller", "propeller-bulk",
			"Propeller: calls of many items, and what another writer waits", short, propellerBulk,
		},
		{
			"Looker and Propeller", "seeds",
			"The two first calls as durable writes, against the same edit in process", short, seeds,
		},
		{"Every surface", "latency", "Reads and writes at 70 % of the maximum, on both engines", 2 * huge, latency},
		{"Every surface", "tokens", "What a token costs three nodes on one database", long, tokens},
		{"Console", "console", "Pages of the console", long, consolePages},
		{
			"Every surface", "storms",
			"What others wait while a server at its default limits is attacked", 2 * huge, storms,
		},
		{
			"Every surface", "growth-doors",
			"What every door costs in small and in large directories", 2 * huge, growthOfDoors,
		},
	}
}

// storageLines are those of stores, nodes and large directories.
func storageLines() []line {
	return []line{
		{
			"Storage and nodes", "writes-sqlite",
			"Durable writes on SQLite: grouped, one by one, and without Cohort", short, writesToSQLite,
		},
		{
			"Storage and nodes", "writes-postgres",
			"Durable writes on PostgreSQL: grouped, one by one, and without Cohort", short, writesToPostgres,
		},
		{
			"Storage and nodes", "import-sqlite",
			"Imports into SQLite, against bare inserts; memory of import and export", huge, importsToSQLite,
		},
		{"Storage and nodes", "import-postgres", "Imports into PostgreSQL, against COPY", huge, importsToPostgres},
		{"Large directories", "start", "Start of the program, and its memory", long, start},
		{"Large directories", "preview", "Previews of changes that touch many users", long, previews},
		{"Large directories", "holders", "Who has a value", long, holders},
		{"Large directories", "members", "Members of large and small groups", long, members},
		{"Large directories", "search", "Searches among many users", long, searches},
		{"SCIM", "scim", "What identity providers send, among users who are all in one group", huge, scimRequests},
		{"Storage and nodes", "nodes", "A write on one node, read on another (PostgreSQL)", short, nodes},
		{"Large directories", "growth-users", "What grows with the users, at the same policy", long, growthOfUsers},
		{"Large directories", "growth-groups", "What grows with the policy, at the same users", long, growthOfGroups},
	}
}
