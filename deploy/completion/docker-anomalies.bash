# shellcheck shell=bash disable=SC2086,SC2016  # words are to be split: "alert show"; and a sed expression
# Completion of `analyzer` and `collector` in bash: commands, options, values, files, ids of alerts and profiles.
#
#     . deploy/completion/docker-anomalies.bash       # or installed: share/bash-completion/completions/
#
# It knows no option by itself: it asks the binary for its --help, so it fits whatever version there is. Ids
# are asked of Redis, by the configuration of the line so far or the one that holds by default, for no longer than 2 s.

# The commands of the line so far that come before the word under the cursor: "alert show ".
_docker_anomalies_commands() {
  local i word known=" " path=""
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    [[ $word == -- ]] && break
    [[ $word =~ ^[a-z][a-z-]*$ ]] || continue
    known=" $("$1" $path --help 2>/dev/null | sed -n '/^Subcommands:/,$s/^  \([a-z][a-z-]*\)  .*/\1/p' | tr '\n' ' ')"
    [[ $known == *" $word "* ]] && path+="$word "
  done
  printf '%s' "$path"
}

# The --config and -o of the line so far, a word each, quotes taken off.
_docker_anomalies_config() {
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      --config | -o | --set)
        # bash takes '=' and ':' for words of their own.
        local option=${COMP_WORDS[i]} value=${COMP_WORDS[i + 1]}
        while [[ ${COMP_WORDS[i + 2]} == [=:] ]]; do
          value+=${COMP_WORDS[i + 2]}${COMP_WORDS[i + 3]}
          ((i += 2))
        done
        ((i + 1 < COMP_CWORD)) || return
        # As the shell would read a simple word; anything else is left as it is.
        value=${value#[\"\']} value=${value%[\"\']}
        printf '%s\n' "$option" "${value/#\~\//$HOME/}"
        ((i++))
        ;;
    esac
  done
}

# Ids, as `alert list` or `profile list` tells them.
_docker_anomalies_ids() {
  local config=()
  mapfile -t config < <(_docker_anomalies_config)
  timeout 2 "$1" "${config[@]}" "$2" list --json 2>/dev/null | sed -n 's/^ *"\(docker_anomalies\.alert\.\)\{0,1\}id": "\([^"\\]*\)".*/\2/p'
}

_docker_anomalies() {
  local binary=$1 current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} path help words value
  local IFS=$' \t\n'
  COMPREPLY=()
  path=$(_docker_anomalies_commands "$binary")
  help=$("$binary" $path --help 2>/dev/null) || return
  # Options of the binary itself may come last: alert list --config FILE.
  [[ -n $path && $path =~ ^(alert|profile|silence|collectors|test-mail|top)\  ]] && help+=$'\n'$("$binary" --help 2>/dev/null | grep -E '^  (--config|-o,)')

  # The value of an option?
  if [[ $previous == -* ]]; then
    # "  -o,--set KEY=VALUE ..." has a value; after two spaces it would be the description.
    value=$(awk -v option="$previous" '
      /^  -/ { split($1, names, ","); for (i in names) if (names[i] == option) { sub(/^ *[^ ]+/, ""); print; exit } }
    ' <<<"$help")
    case $value in
      " "*"{"*"}"*)
        value=${value#*\{}
        value=${value%%\}*}
        mapfile -t COMPREPLY < <(compgen -W "${value//,/ }" -- "$current")
        return
        ;;
      " FILE"* | " KEYFILE"* | " PUBLIC_KEY"*)
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        return
        ;;
      " DIR"*)
        mapfile -t COMPREPLY < <(compgen -d -- "$current")
        return
        ;;
      " KEY=VALUE"*)
        words=$("$binary" --config-reference 2>/dev/null | sed -n 's/^| `\([a-z_.]*\)` .*/\1=/p')
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        compopt -o nospace 2>/dev/null
        return
        ;;
      " "[!\ ]*) return ;; # a value of which nothing is known
    esac
  fi

  if [[ $current == -* ]]; then
    words=$(sed -n 's/^  \(-[a-zA-Z],\)\{0,1\}\(--[a-z-]*\).*/\2/p' <<<"$help")
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
  words=$(sed -n '/^Subcommands:/,$s/^  \([a-z][a-z-]*\)  .*/\1/p' <<<"$help")
  if [[ -n $words ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    return
  fi
  case $path in
    "alert show " | "alert accept " | "alert reject ") words=$(_docker_anomalies_ids "$binary" alert) ;;
    "silence remove ") words=$(_docker_anomalies_ids "$binary" silence) ;;
    "profile import ") path= ;;
    "profile "*) words=$(_docker_anomalies_ids "$binary" profile) ;;
    *) path= ;;
  esac
  if [[ -n $path ]]; then
    # bash takes ':' for a word of its own: what stands before it is not to be repeated.
    local whole=$current i=$((COMP_CWORD - 1))
    [[ $current == : ]] && whole=:
    while ((i > 0)) && [[ ${COMP_WORDS[i]} == : || ${COMP_WORDS[i + 1]} == : ]] && [[ ${COMP_WORDS[i]} != -* ]]; do
      whole=${COMP_WORDS[i]}$whole
      ((i--))
    done
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$whole")
    local before=${whole%"${whole##*:}"}
    [[ $COMP_WORDBREAKS == *:* && -n $before ]] && COMPREPLY=("${COMPREPLY[@]#"$before"}")
    [[ $path != "profile diff " ]] || mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  [[ $help == *Positionals:* ]] && mapfile -t COMPREPLY < <(compgen -f -- "$current")
}

complete -o filenames -F _docker_anomalies analyzer collector
