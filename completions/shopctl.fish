# Completion of shopctl for fish. Once, and after an update:
#   shopctl completions fish > ~/.config/fish/completions/shopctl.fish
complete --keep-order --exclusive --command shopctl --arguments "(COMPLETE=fish shopctl -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
