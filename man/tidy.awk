# Makes the output of scdoc acceptable to mandoc -Tlint: no empty paragraphs, a title in upper case, short lines of text.
function emit(line) {
  if (line ~ /^\.RE/) {  # the space between paragraphs comes after the indented block
    print line
    return
  }
  if (paragraph && line !~ /^\.(SH|SS|RS)/ && last !~ /^\.(SH|SS)/) {
    print ".P"
  }
  paragraph = 0
  print line
  last = line
}
function emit_text(line,   at) {
  # A line must not begin with a dot or a quote, which would make it a request.
  while (length(line) > 80) {
    for (at = 80; at > 1 && !(substr(line, at, 1) == " " && substr(line, at - 1, 1) != "\\" &&
         substr(line, at + 1, 1) !~ /[.' ]/); --at) {
    }
    if (at <= 1) {
      break
    }
    emit(substr(line, 1, at - 1))
    line = substr(line, at + 1)
  }
  emit(line)
}
/^\.TH / { $2 = toupper($2) }
/^\.(nf|TS)/ { literal = 1 }
/^\.(fi|TE)/ { literal = 0 }
/^\.P$/ { paragraph = 1; next }
literal || /^\./ { emit($0); next }
{ emit_text($0) }
