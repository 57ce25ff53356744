// Package table parses tables of users, groups, memberships and values, as spreadsheets and
// other systems write them, into the state that a directory should have. It opens no file and
// asks no server.
package table
