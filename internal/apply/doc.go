// Package apply commits the parts of a plan one after the other, and goes on
// without the steps that are refused.
package apply
