# Makes a man page in scdoc format from a page in Markdown:
#   awk -v name=NAME -v section=N -v summary=TEXT -f page.awk PAGE.md
# The page has one `#` heading, `##` headings, paragraphs, lists, fenced blocks, and tables of two columns, which become
# definitions: the first column is the term. Links lose their addresses.
BEGIN {
  printf "%s(%s)\n\n# NAME\n\n%s - %s\n", name, section, name, summary
}
# Backticks become bold; scdoc's own marks are escaped.
function inline(text,   parts, count, i, result) {
  while (match(text, /\[[^]]*\]\([^)]*\)/)) {
    i = index(substr(text, RSTART), "](")
    text = substr(text, 1, RSTART - 1) substr(text, RSTART + 1, i - 2) substr(text, RSTART + RLENGTH)
  }
  count = split(text, parts, "`")
  result = ""
  for (i = 1; i <= count; ++i) {
    gsub(/\*\*/, "", parts[i])
    gsub(/[*_\\]/, "\\\\&", parts[i])
    result = result (i % 2 == 0 ? "*" parts[i] "*" : parts[i])
  }
  return result
}
# Prints the paragraph or list entry that the last lines made.
function flush() {
  if (text != "") {
    print marker inline(text)
  }
  text = marker = ""
}
function row(line,   cells) {
  sub(/^\| */, "", line)
  sub(/ *\|$/, "", line)
  split(line, cells, / \| /)
  printf "%s\n\t%s\n\n", (cells[1] ~ /`/ ? inline(cells[1]) : "*" inline(cells[1]) "*"), inline(cells[2])
}
/^```/ { flush(); fenced = !fenced; print "```"; next }
fenced { print; next }
/^\|/ { if (++rows > 2) row($0); next }
{ rows = 0 }
/^# / { print "\n# DESCRIPTION"; next }
/^## / { print "\n# " toupper(inline(substr($0, 4))); next }
/^$/ { flush(); print; next }
/^\* / { flush(); marker = "- "; $0 = substr($0, 3) }
/^[0-9]+\. / { flush(); marker = ". "; sub(/^[0-9]+\. /, "") }
{ sub(/^ +/, ""); text = text (text == "" ? "" : " ") $0 }
END {
  flush()
  print "\n# SEE ALSO\n\n*otatool*(1), *otatool-doctor*(1)"
}
