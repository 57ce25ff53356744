// Package render renders answers of the directory as JSON: values by type, effective values,
// explanations with a sentence for people, previews. The native dialect answers with it, and
// the other dialects do for previews.
//
// It decides nothing and reads nothing: names are arguments.
package render
