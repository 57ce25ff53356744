package main

import (
	"time"

	"cohort/perf/attacks"
	"cohort/perf/growth"
	"cohort/perf/large"
	"cohort/perf/requests"
	"cohort/perf/rivals"
	"cohort/perf/storage"
)

// Time limits of lines.
const (
	short = 4 * time.Minute
	long  = 10 * time.Minute
	huge  = 20 * time.Minute
)

// lines are the lines of the report, in its order.
func lines() []line { return append(doorLines(), storageLines()...) }

// doorLines are the lines about requests of clients.
func doorLines() []line {
	return []line{
		{"Native API", "effective", "Effective values of one user, in process", short, requests.EffectiveInProcess},
		{
			"Native API", "effective-http",
			"Effective values over HTTP, against the same server answering a constant", short, requests.EffectiveOverHTTP,
		},
		{"Every surface", "stack", "What a request costs beside its handler, against a bare handler", short, requests.Stack},
		{"Native API", "effective-cold", "Effective values of users who are not in the cache", long, requests.ColdUsers},
		{
			"Native API", "effective-sql",
			"Effective values, against a recursive SQL query on PostgreSQL", short, rivals.EffectiveAgainstSQL,
		},
		{
			"Native API", "effective-opa",
			"Effective values over HTTP, against Open Policy Agent", short, rivals.EffectiveAgainstOPA,
		},
		{
			"Looker", "looker-reads",
			"Looker: one user, one group and the values of a user, against a constant of the same bytes", long,
			requests.LookerReads,
		},
		{"Looker", "looker-pages", "Looker: pages of users and groups", short, requests.LookerPages},
		{
			"Propeller", "propeller-reads",
			"Propeller: one usergroup and one user, against a constant of the same bytes", short, requests.PropellerReads,
		},
		{
			"Propeller", "propeller-bulk",
			"Propeller: calls of many items, and what another writer waits", short, requests.PropellerBulk,
		},
		{
			"Looker and Propeller", "seeds",
			"The two first calls as durable writes, against the same edit in process", short, requests.Seeds,
		},
		{"Every surface", "latency", "Reads and writes at 70 % of the maximum, on both engines", 2 * huge, requests.Latency},
		{"Every surface", "tokens", "What a token costs three nodes on one database", long, requests.Tokens},
		{"Console", "console", "Pages of the console", long, requests.ConsolePages},
		{
			"Every surface", "storms",
			"What others wait while a server at its default limits is attacked", 2 * huge, attacks.Attacks,
		},
		{
			"Every surface", "growth-doors",
			"What every door costs in small and in large directories", 2 * huge, growth.GrowthOfDoors,
		},
	}
}

// storageLines are the lines about stores, nodes and large directories.
func storageLines() []line {
	return []line{
		{
			"Storage and nodes", "writes-sqlite",
			"Durable writes on SQLite: grouped, one by one, and without Cohort", short, storage.WritesToSQLite,
		},
		{
			"Storage and nodes", "writes-postgres",
			"Durable writes on PostgreSQL: grouped, one by one, and without Cohort", short, storage.WritesToPostgres,
		},
		{
			"Storage and nodes", "import-sqlite",
			"Imports into SQLite, against bare inserts; memory of import and export", huge, storage.ImportsToSQLite,
		},
		{"Storage and nodes", "import-postgres", "Imports into PostgreSQL, against COPY", huge, storage.ImportsToPostgres},
		{"Large directories", "start", "Start of the program, and its memory", long, large.Start},
		{"Large directories", "preview", "Previews of changes that touch many users", long, large.Previews},
		{"Large directories", "holders", "Who has a value", long, large.Holders},
		{"Large directories", "members", "Members of large and small groups", long, large.Members},
		{"Large directories", "search", "Searches among many users", long, large.Searches},
		{"SCIM", "scim", "What identity providers send, among users who are all in one group", huge, large.ScimRequests},
		{"Storage and nodes", "nodes", "A write on one node, read on another (PostgreSQL)", short, storage.Nodes},
		{"Large directories", "growth-users", "What grows with the users, at the same policy", long, growth.GrowthOfUsers},
		{"Large directories", "growth-groups", "What grows with the policy, at the same users", long, growth.GrowthOfGroups},
	}
}
