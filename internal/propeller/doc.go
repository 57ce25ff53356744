// Package propeller serves the REST format of Propeller Commerce for user groups, users, their
// attributes, addresses and prices. Its README lists what it supports, where it differs, and
// how it decides what the vendor leaves open.
//
// A usergroup is a group; its parent is the group's first parent. What only this format knows
// is stored beside the object as facets. The package decides no rule of the domain, except the
// inheritance of settings, which no other format has, and knows no store.
package propeller
