// The script by which bash completes, which needs neither the package bash-completion nor bash 4: the words go to the
// program as they were typed, never through eval.

/** The script for a program of this name. */
export function bashScript(name: string): string {
  return `# Completion of ${name} for bash: what may follow is asked of the program.
_${name}() {
    local word description n
    local words=()
    for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
        n=\${#words[@]}
        # bash takes --name=value apart, the program takes it whole.
        if ((n > 0)) && [[ $word == "=" || \${words[n - 1]} == --*= ]]; then
            words[n - 1]+=$word
        else
            words+=("$word")
        fi
    done
    COMPREPLY=()
    while IFS=$'\\t' read -r word description; do
        [[ $word == :* ]] || COMPREPLY+=("$word")
    done < <(${name} complete -- "\${words[@]}" 2>/dev/null)
}
complete -o default -F _${name} ${name}
`
}
