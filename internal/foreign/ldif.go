package foreign

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cohort/internal/desired"
)

// An ldifEntry is one entry: its attributes by lower-case name.
type ldifEntry struct {
	dn     string
	line   int
	values map[string][]string
}

func (e *ldifEntry) first(names ...string) string {
	for _, name := range names {
		if v := e.values[name]; len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

func (e *ldifEntry) is(classes ...string) bool {
	return slices.ContainsFunc(e.values["objectclass"],
		func(c string) bool { return slices.Contains(classes, strings.ToLower(c)) })
}

// LDIF parses groups (groupOfNames, groupOfUniqueNames), with people and groups as members,
// and people (inetOrgPerson and its parents).
func LDIF(data []byte, opt Options) (*Import, error) {
	entries, err := parseLDIF(data)
	if err != nil {
		return nil, err
	}
	l := &ldif{Import: newImport(opt), groups: map[string]int{}, users: map[string]int{}}
	for i := range entries {
		e := &entries[i]
		switch {
		case e.is("groupofnames", "groupofuniquenames"):
			l.group(e)
		case e.is("inetorgperson", "organizationalperson", "person"):
			l.user(e)
		default:
			l.count("entry of "+strings.Join(e.values["objectclass"], ", "), "only groups and people have a place here")
		}
	}
	for i := range entries {
		if entries[i].is("groupofnames", "groupofuniquenames") {
			l.members(&entries[i])
		}
	}
	return l.finish(), nil
}

type ldif struct {
	*Import
	groups, users map[string]int // indexes in the state by normalized DN
}

// known lists attributes that become fields or say nothing about people.
func known() []string {
	return []string{
		"objectclass", "cn", "sn", "givenname", "mail", "uid", "member", "uniquemember", "entryuuid", "displayname", "ou",
		"description",
		"createtimestamp", "modifytimestamp", "creatorsname", "modifiersname", "entrycsn", "structuralobjectclass",
		"memberof",
	}
}

func (l *ldif) group(e *ldifEntry) {
	name := e.first("cn", "ou")
	entry := l.entry("group", cmp.Or(e.first("entryuuid"), e.dn), cmp.Or(name, e.dn))
	entry.Name, entry.Place = &name, fmt.Sprintf("line %d", e.line)
	l.groups[normalDN(e.dn)] = len(l.State.Groups)
	l.State.Groups = append(l.State.Groups, desired.Group{Entry: entry, Parents: &[]string{}})
	l.take(e, use{group: len(l.State.Groups) - 1, user: -1})
}

func (l *ldif) user(e *ldifEntry) {
	entry := l.entry("user", cmp.Or(e.first("entryuuid"), e.dn), cmp.Or(e.first("mail", "cn"), e.dn))
	entry.Place = fmt.Sprintf("line %d", e.line)
	first, last := e.first("givenname"), e.first("sn")
	one := desired.User{Entry: entry, FirstName: &first, LastName: &last, Groups: &[]desired.Member{}}
	if mails := e.values["mail"]; len(mails) > 0 {
		one.Email = &mails[0]
		if len(mails) > 1 {
			l.count("mail", "the first is the login e-mail, others have no place")
		}
	}
	l.users[normalDN(e.dn)] = len(l.State.Users)
	l.State.Users = append(l.State.Users, one)
	l.take(e, use{group: -1, user: len(l.State.Users) - 1})
	if len(e.values["userpassword"]) > 0 {
		l.count("userPassword", "passwords have no place here: people sign in through a provider")
	}
}

// take records the attributes that become values, and counts the others.
func (l *ldif) take(e *ldifEntry, u use) {
	for _, name := range slices.Sorted(keysOf(e.values)) {
		switch {
		case slices.ContainsFunc(l.options.Values, func(v string) bool { return strings.EqualFold(v, name) }):
			u.texts = e.values[name]
			l.use(name, u)
		case name != "userpassword" && !slices.Contains(known(), name):
			l.count("attribute "+name, "becomes a value with --values "+name)
		}
	}
}

func keysOf(m map[string][]string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range m {
			if !yield(name) {
				return
			}
		}
	}
}

// members puts people and groups into a group.
func (l *ldif) members(e *ldifEntry) {
	group := &l.State.Groups[l.groups[normalDN(e.dn)]]
	for _, dn := range slices.Concat(e.values["member"], e.values["uniquemember"]) {
		dn = normalDN(dn)
		if i, ok := l.users[dn]; ok {
			*l.State.Users[i].Groups = append(*l.State.Users[i].Groups, desired.Member{Group: group.Key})
			continue
		}
		if i, ok := l.groups[dn]; ok {
			*l.State.Groups[i].Parents = append(*l.State.Groups[i].Parents, group.Key)
			continue
		}
		if dn != "" {
			l.count("member", "is not in the file")
		}
	}
}

// normalDN normalizes a distinguished name for comparison: no spaces around its parts, lower
// case.
func normalDN(dn string) string {
	parts := strings.Split(dn, ",")
	for i := range parts {
		name, value, _ := strings.Cut(parts[i], "=")
		parts[i] = strings.TrimSpace(name) + "=" + strings.TrimSpace(value)
	}
	if dn == "" {
		return ""
	}
	return strings.ToLower(strings.Join(parts, ","))
}

// parseLDIF parses the entries of a file in RFC 2849: content, not changes.
func parseLDIF(data []byte) ([]ldifEntry, error) {
	var entries []ldifEntry
	var entry *ldifEntry
	lines := strings.Split(string(bytes.TrimPrefix(bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n")),
		[]byte("\ufeff"))), "\n")
	for i := 0; i < len(lines); i++ {
		line, at := lines[i], i+1
		var rest strings.Builder
		for i+1 < len(lines) && strings.HasPrefix(lines[i+1], " ") {
			i++
			rest.WriteString(lines[i][1:])
		}
		line += rest.String()
		switch {
		case line == "":
			entry = nil
			continue
		case strings.HasPrefix(line, "#"), strings.HasPrefix(line, "version:"):
			continue
		}
		name, value, err := ldifPair(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", at, err)
		}
		switch {
		case entry == nil && name != "dn":
			return nil, fmt.Errorf("line %d: an entry must begin with dn", at)
		case name == "dn":
			entries = append(entries, ldifEntry{dn: value, line: at, values: map[string][]string{}})
			entry = &entries[len(entries)-1]
		case name == "changetype" && value != "add":
			return nil, fmt.Errorf("line %d: the file says what changes, and not what is there", at)
		case name != "changetype":
			entry.values[name] = append(entry.values[name], value)
		}
	}
	if len(entries) == 0 {
		return nil, errors.New("has no entry, and so is no LDIF")
	}
	return entries, nil
}

// ldifPair parses one line. It drops options of a name, such as ;lang-de.
func ldifPair(line string) (name, value string, err error) {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return "", "", fmt.Errorf("%.40q has no colon", line)
	}
	name, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(name)), ";")
	switch {
	case strings.HasPrefix(value, "<"):
		return "", "", fmt.Errorf("%s is read from elsewhere, which is not done", name)
	case strings.HasPrefix(value, ":"):
		b, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value[1:]))
		if err != nil {
			return "", "", fmt.Errorf("%s is no base64", name)
		}
		return name, string(b), nil
	}
	return name, strings.TrimSpace(value), nil
}
