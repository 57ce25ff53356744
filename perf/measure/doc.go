// Package measure has what every measurement needs: sides that take turns, medians, started
// processes, a client that uses little processor time, a description of the machine.
//
// It knows nothing of what is measured.
package measure
