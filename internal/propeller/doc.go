// Package propeller speaks the REST format of Propeller Commerce for user
// groups, users, their attributes, addresses and prices. What it does, where it
// decides what the vendor leaves open, and what it does not do stands in its
// README.
//
// A usergroup is a group, its parent the group's first parent; what only this
// format knows is kept beside the object as facets. The package decides no rule
// of the domain but the inheritance of settings, which no other format has, and
// knows no store.
package propeller
