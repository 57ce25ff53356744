// Package attributes is the pages about attributes.
package attributes
