package sample

// firstName and lastName make names of syllables: some thousand first names and
// some hundred thousand last names, the short ones more often.
func firstName(r *stream) string {
	return name(r, 1+r.below(2))
}

func lastName(r *stream) string {
	return name(r, 2+r.below(2))
}

func name(r *stream, syllables int) string {
	const begin, middle, end = "BDFGHJKLMNPRSTVW", "aeiou", "lmnrst"
	b := make([]byte, 0, 12)
	for i := range syllables {
		c := begin[r.below(len(begin))]
		if i > 0 {
			c += 'a' - 'A'
		}
		b = append(b, c, middle[r.below(len(middle))])
		if r.below(2) == 0 {
			b = append(b, end[r.below(len(end))])
		}
	}
	return string(b)
}
