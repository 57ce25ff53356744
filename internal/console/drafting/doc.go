// Package drafting puts what forms ask for into the draft of the person who sent them.
package drafting
