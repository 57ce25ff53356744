// Package render says in JSON what the directory answers: values by type,
// effective values, explanations with a sentence for people, previews. The
// native dialect replies so, and the other dialects where they are asked for a
// preview.
//
// It decides nothing and reads nothing: names come with what it is given.
package render
