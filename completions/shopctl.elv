# Completion of shopctl for Elvish. In ~/.config/elvish/rc.elv:
#   eval (shopctl completions elvish | slurp)
set edit:completion:arg-completer[shopctl] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) COMPLETE="elvish" shopctl -- $@words) | to-lines
}
