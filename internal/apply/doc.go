// Package apply commits the parts of a plan one after the other, and continues without the
// steps that are refused.
package apply
