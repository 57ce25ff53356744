// Package diagram lays out the pictures of the console: how a value reaches somebody
// through groups, and how often values come. It knows numbers and texts only; pages draw
// what it returns as SVG.
package diagram
