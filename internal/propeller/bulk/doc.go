// Package bulk runs calls of many items. It reads the items one by one, orders usergroups before what is below them,
// commits each item alone or many of one object together, and reports what became of each.
package bulk
