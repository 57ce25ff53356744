// Package measure is what every measurement needs: sides that take turns,
// medians, processes that are started and watched, a client that costs little,
// and the machine that all of it ran on.
//
// It knows nothing of what is measured.
package measure
