// Package impact says what a change does to effective values: whom it can
// reach, whose answers it changes from what to what, and whether a preview of it
// still holds. It sees everything; who may see what is decided above.
package impact
