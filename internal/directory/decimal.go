package directory

import (
	"strconv"
	"strings"
)

// maxDecimalLen is how many digits a number may have without an exponent.
const maxDecimalLen = 400

// PlainDecimal converts a JSON number to plain decimal notation, without exponent and needless
// zeros. ok is false if that has too many digits.
func PlainDecimal(number string) (plain string, ok bool) {
	sign, rest := "", number
	if strings.HasPrefix(rest, "-") {
		sign, rest = "-", rest[1:]
	}
	mantissa, power, _ := strings.Cut(strings.ToLower(rest), "e")
	exponent := 0
	if power != "" {
		n, err := strconv.Atoi(power)
		if err != nil || n > maxDecimalLen || n < -maxDecimalLen {
			return "", false
		}
		exponent = n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if exponent >= 0 {
		fraction += strings.Repeat("0", max(0, exponent-len(fraction)))
		whole, fraction = whole+fraction[:exponent], fraction[exponent:]
	} else {
		whole = strings.Repeat("0", max(0, -exponent-len(whole))) + whole
		at := len(whole) + exponent
		whole, fraction = whole[:at], whole[at:]+fraction
	}
	whole, fraction = strings.TrimLeft(whole, "0"), strings.TrimRight(fraction, "0")
	switch {
	case len(whole)+len(fraction) > maxDecimalLen:
		return "", false
	case whole == "" && fraction == "":
		return "0", true
	case whole == "":
		whole = "0"
	}
	if fraction != "" {
		whole += "." + fraction
	}
	return sign + whole, true
}
