// Package why is the pages that say which value somebody has, or would have, for which reason.
package why
