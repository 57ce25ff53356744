// Package fault holds the errors of the Propeller format: their codes, and the fault that any error of the directory
// becomes in the vendor's words.
package fault
