// Package users is the pages about users.
package users
