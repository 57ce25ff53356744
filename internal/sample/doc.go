// Package sample makes directories of any size from a seed: users, groups
// inside groups, memberships of which few groups have many, attributes of
// every kind, values of groups and of users. Tests and measurements fill
// themselves with it.
//
// The same Shape gives the same directory on every machine. Each object depends
// on the seed and on its own number alone, so any user can be asked for without
// the ones before, and nothing grows with the number of users.
//
// It knows neither core nor any database: it gives rows, edits, or commits for
// the store that it is handed.
package sample
