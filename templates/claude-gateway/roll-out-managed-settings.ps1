# In the folder of managed-settings.json; a broken file stops Claude Code 2.1.330 and is ignored by older ones:
$ErrorActionPreference = 'Stop'
Get-Content -Raw -Encoding UTF8 managed-settings.json | ConvertFrom-Json | Out-Null
New-Item -ItemType Directory -Force "$env:ProgramFiles\ClaudeCode\managed-settings.d" | Out-Null
Copy-Item managed-settings.json "$env:ProgramFiles\ClaudeCode\managed-settings.d\50-llm-gateway.json" -Force
# back:
#   Remove-Item "$env:ProgramFiles\ClaudeCode\managed-settings.d\50-llm-gateway.json"
# With a group policy instead: the whole text of the file as the text value Settings below
# HKLM\SOFTWARE\Policies\ClaudeCode. It takes the place of the files; the two are not merged.
