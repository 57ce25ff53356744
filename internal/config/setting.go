package config

import (
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A setting is one field of a Config with what its tags say.
type setting struct {
	field   reflect.Value
	name    string
	env     string
	def     string
	oneOf   []string
	min     string
	secret  bool
	envOnly bool // from the environment only
	url     bool // shown without a password
}

// settings lists the fields of c, in the order of declaration.
func settings(c *Config) []setting {
	var list []setting
	groups := reflect.ValueOf(c).Elem()
	for _, group := range groups.Fields() {
		for j := range group.NumField() {
			list = append(list, settingOf(group.Type().Field(j), group.Field(j)))
		}
	}
	return list
}

func settingOf(f reflect.StructField, v reflect.Value) setting {
	s := setting{field: v, name: f.Tag.Get("name"), def: f.Tag.Get("def"), min: f.Tag.Get("min")}
	if s.name == "" {
		s.name = hyphenated(f.Name)
	}
	s.env = "COHORT_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
	if list := f.Tag.Get("oneof"); list != "" {
		s.oneOf = strings.Split(list, ",")
	}
	_, s.secret = f.Tag.Lookup("secret")
	_, s.url = f.Tag.Lookup("url")
	s.envOnly = f.Tag.Get("env") == "only"
	return s
}

// hyphenated turns ReadTimeout into read-timeout and ClientID into client-id.
func hyphenated(name string) string {
	var b strings.Builder
	for i, r := range name {
		upper := 'A' <= r && r <= 'Z'
		if upper && i > 0 && !('A' <= name[i-1] && name[i-1] <= 'Z') {
			b.WriteByte('-')
		}
		b.WriteString(strings.ToLower(string(r)))
	}
	return b.String()
}

// set gives the setting a value in its text form. The error says what is wrong
// with the text, and does not repeat it: it may be a secret.
func (s setting) set(text string) error {
	switch v := s.field.Addr().Interface().(type) {
	case *string:
		if len(s.oneOf) > 0 && !contains(s.oneOf, text) {
			return fmt.Errorf("must be one of %s", strings.Join(s.oneOf, ", "))
		}
		*v = text
	case *int:
		return s.setInt(v, text)
	case *time.Duration:
		return s.setDuration(v, text)
	case *[]netip.Prefix:
		return setPrefixes(v, text)
	case encoding.TextUnmarshaler:
		if err := v.UnmarshalText([]byte(text)); err != nil {
			return errors.New("must be debug, info, warn or error")
		}
	}
	return nil
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}

func (s setting) setInt(v *int, text string) error {
	n, err := strconv.Atoi(text)
	if err != nil {
		return errors.New("must be a whole number")
	}
	least, err := strconv.Atoi(s.min)
	if err == nil && n < least {
		return fmt.Errorf("must be at least %s", s.min)
	}
	*v = n
	return nil
}

func (s setting) setDuration(v *time.Duration, text string) error {
	d, err := ParseDuration(text)
	if err != nil {
		return errors.New("must be a duration such as 30s or 2m")
	}
	least, err := time.ParseDuration(s.min)
	if err == nil && d < least {
		return fmt.Errorf("must be at least %s", s.min)
	}
	*v = d
	return nil
}

// ParseDuration is time.ParseDuration that also knows days, of 24 hours: 90d.
func ParseDuration(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(text)
}

func setPrefixes(v *[]netip.Prefix, text string) error {
	var list []netip.Prefix
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, err := netip.ParsePrefix(part)
		if addr, addrErr := netip.ParseAddr(part); err != nil && addrErr == nil {
			p, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return errors.New("must be addresses or networks, such as 10.0.0.0/8, separated by commas")
		}
		list = append(list, p.Masked())
	}
	*v = list
	return nil
}

// text is the setting's value as it could be written in a file.
func (s setting) text() string {
	switch v := s.field.Interface().(type) {
	case []netip.Prefix:
		parts := make([]string, len(v))
		for i, p := range v {
			parts[i] = p.String()
		}
		return strings.Join(parts, ",")
	case fmt.Stringer:
		return strings.ToLower(v.String())
	default:
		if s.url {
			return WithoutPassword(fmt.Sprint(v))
		}
		return fmt.Sprint(v)
	}
}
