"""What was measured once with the real Claude Code, by hand, and cannot be read from its program (names only)."""

from __future__ import annotations

#: Where a key counts, as the texts of the client's schema say; ``forceLoginMethod`` and ``requiredMinimumVersion``
#: were also measured. Anything not named here counts in every settings file.
SCOPES: dict[str, tuple[str, ...]] = {
    "managed": (
        *(
            "allowAllClaudeAiMcps",
            "allowClaudeInChromeWithManagedMcp",
            "allowManagedHooksOnly",
            "allowedChannelPlugins",
        ),
        *("allowManagedMcpServersOnly", "allowManagedPermissionRulesOnly", "allowNestedModelAccessUnderForceLogin"),
        *("allowedMarketplaces", "allowedProviders", "attributionProjectPolicy", "availableModelsMatch"),
        *("blockedMarketplaces", "channelsEnabled", "claudeMd", "deniedModels", "disableCommandPluginSources"),
        *("disableDirectMcpSkills", "disableSideloadFlags", "disableWindowsBashCommandSplit", "forceLoginMethod"),
        *("forceLoginOrgUUID", "forceRemoteSettingsRefresh", "gatewayInternalNetworks", "managedMcpServers"),
        *("managedSourcesBehavior", "modelPricing", "parentSettingsBehavior", "pluginSuggestionMarketplaces"),
        *("pluginTrustMessage", "policyHelper", "requiredMaximumVersion", "requiredMinimumVersion"),
        *("strictKnownMarketplaces", "strictPluginOnlyCustomization", "sandbox.bwrapPath", "sandbox.socatPath"),
        *("sandbox.filesystem.allowManagedReadPathsOnly", "sandbox.network.allowManagedDomainsOnly"),
    ),
    "not-project": (
        *("appendPlugins", "askUserQuestionTimeout", "autoMemoryDirectory", "axScreenReader", "footerLinksRegexes"),
        *("forceLoginGatewayUrl", "modelPicker", "permissions.denyInsteadOfPrompting", "prependPlugins"),
        *("processWrapper", "sandbox.allowAppleEvents", "sandbox.network.tlsTerminate", "sandbox.ripgrep"),
        *("sandbox.credentials.allowPlaintextInject", "sandbox.credentials.sigv4", "spellcheck"),
        "spinnerTipsOverride.tipsFile",
    ),
}
#: Keys of which a wrong value loses the key only; of any other key it loses the whole file (user, project, local and
#: ``--settings``; in managed settings always the key alone). Measured key by key: ``claude doctor`` lists every
#: problem in 2.1.330, and ``claude auth status`` tells in both whether the file's ``env`` counts.
TOLERANT: dict[str, tuple[str, ...]] = {
    "2.1.330": (
        *("allowedMcpServers", "allowedProviders", "appendPlugins", "askUserQuestionTimeout"),
        *("attributionProjectPolicy", "autoCompactWindow", "availableModelsMatch", "bashOutputMaxChars"),
        *("crossSessionInbound", "deniedMcpServers", "deniedModels", "desktopMcpServersListScope"),
        *("dialogExpiry", "editorMode", "effortLevel", "extraKnownMarketplaces", "footerLinksRegexes"),
        *("forceLoginGatewayUrl", "forceLoginMethod", "gatewayInternalNetworks", "hooks", "keybindingFlavor"),
        *("managedMcpServers", "maxEffortLevel", "maxProseWidth", "modelPicker", "modelPricing"),
        *("modelSettings", "policyHelper", "preferredNotifChannel", "prependPlugins", "promptCacheTtl"),
        *("spellcheck", "spinnerTipsOverride", "sshHostCommands", "strictPluginOnlyCustomization"),
        *("subagentPromptCacheTtl", "subagentStatusLine", "taskOutputMaxChars", "teammateMode", "theme"),
        *("ultracode", "viewMode", "vimInsertModeRemaps"),
    ),
    "2.1.197": (
        *("allowedMcpServers", "autoCompactWindow", "deniedMcpServers", "editorMode", "effortLevel"),
        *("footerLinksRegexes", "forceLoginGatewayUrl", "forceLoginMethod", "hooks", "preferredNotifChannel"),
        *("strictPluginOnlyCustomization", "teammateMode", "theme", "ultracode", "viewMode"),
    ),
}
#: Further keys for which ``null`` (and only that) loses just the key.
NULL_TOLERANT: dict[str, tuple[str, ...]] = {
    "2.1.330": (
        *("additionalMarketplaces", "allowManagedHooksOnly", "allowManagedMcpServersOnly"),
        *("allowManagedPermissionRulesOnly", "allowedMarketplaces", "autoContinueAtUsageLimit"),
        *("autoUploadSessions", "blockedMarketplaces", "channelsEnabled", "disableAgentView"),
        *("disableArtifact", "disableAutoMode", "disableBundledSkills", "disableClaudeAiConnectors"),
        *("disableCommandPluginSources", "disableDeepLinkRegistration", "disableDirectMcpSkills"),
        *("disableRemoteControl", "disableSideloadFlags", "disableSkillShellExecution"),
        *("disableWindowsBashCommandSplit", "disableWorkflows", "enableAllProjectMcpServers"),
        *("enableArtifact", "enableWorkflows", "enforceAvailableModels", "fastModePerSessionOptIn"),
        *("feedbackDrafts", "isolatePeerMachines", "remoteControlAtStartup", "skipAutoPermissionPrompt"),
        *("skipDangerousModePermissionPrompt", "skipWebFetchPreflight", "strictKnownMarketplaces"),
        *("syncClaudeAiPlugins", "syncClaudeAiSkills", "useAutoModeDuringPlan"),
    ),
}
#: Variables that 2.1.330 drops from the ``env`` of project and local settings and takes from the others: a hook that
#: prints its environment. (2.1.197 drops none.)
NOT_IN_PROJECT = (
    *("ANTHROPIC_CONFIG_DIR", "BETA_TRACING_ENDPOINT", "CLAUDE_AFK_COUNTDOWN_MS"),
    *("CLAUDE_AFK_TIMEOUT_MS", "CLAUDE_AX_ANNOUNCEMENT_HOLD_MS", "CLAUDE_AX_PREPARK_MS"),
    *("CLAUDE_AX_REWRITE_HELD_ANNOUNCEMENT", "CLAUDE_AX_SCREEN_READER", "CLAUDE_AX_STARTUP_QUIET_MS"),
    *("CLAUDE_CHROME_CLASSIFIER_FLOOR", "CLAUDE_CHROME_PERMISSION_MODE"),
    *("CLAUDE_CODE_3P_PROBE_WROTE_HAIKU_DEFAULT", "CLAUDE_CODE_3P_PROBE_WROTE_OPUS_DEFAULT"),
    *("CLAUDE_CODE_3P_PROBE_WROTE_SONNET_DEFAULT", "CLAUDE_CODE_3P_SEEDED_OPUS_DEFAULT"),
    *("CLAUDE_CODE_3P_SEEDED_SONNET_DEFAULT", "CLAUDE_CODE_ALLOW_OTHER_MODELS"),
    *("CLAUDE_CODE_ARTIFACT_LIVE_WATCH", "CLAUDE_CODE_ARTIFACT_OPEN_ACTION"),
    *("CLAUDE_CODE_ARTIFACT_PRESENCE", "CLAUDE_CODE_ARTIFACT_PREVIEW_EMULATOR"),
    *("CLAUDE_CODE_ARTIFACT_REPL", "CLAUDE_CODE_ARTIFACT_ROOM", "CLAUDE_CODE_AUTOMOUNT_ROOTS"),
    *("CLAUDE_CODE_BASH_EDIT_DIFF", "CLAUDE_CODE_CLIENT_DATA_URL", "CLAUDE_CODE_CRYPTIC_HORIZON"),
    *("CLAUDE_CODE_CURRIED_TRINKET", "CLAUDE_CODE_CUSTOM_OAUTH_URL", "CLAUDE_CODE_DAPPER_CUPCAKE"),
    *("CLAUDE_CODE_DEBUG_LOGS_DIR", "CLAUDE_CODE_DIAGNOSTICS_FILE"),
    *("CLAUDE_CODE_DISABLE_AGENT_PROGRESS_SUMMARIES", "CLAUDE_CODE_DISABLE_ATTACHMENTS"),
    *("CLAUDE_CODE_DISABLE_BG_STABLE_PATH", "CLAUDE_CODE_DISABLE_EARLY_KEY_GUARD"),
    *("CLAUDE_CODE_DISABLE_FILE_MENTIONS", "CLAUDE_CODE_DISABLE_MCP_TASKS"),
    *("CLAUDE_CODE_DISABLE_PROACTIVITY", "CLAUDE_CODE_DISABLE_RESPONSE_COMPARISON"),
    *("CLAUDE_CODE_DISABLE_SUBAGENT_HANDBACK", "CLAUDE_CODE_DISABLE_ULTRATHINK"),
    *("CLAUDE_CODE_DISABLE_WEB_FETCH", "CLAUDE_CODE_ENABLE_CFC", "CLAUDE_CODE_ENHANCED_TELEMETRY_BETA"),
    *("CLAUDE_CODE_EXPERIMENTAL_CODE_MODE", "CLAUDE_CODE_EXPERIMENTAL_CODE_MODE_RESTART"),
    *("CLAUDE_CODE_EXPERIMENTAL_CODE_MODE_RESTARTED_FROM", "CLAUDE_CODE_FEDERATION_CACHE_DIR"),
    *("CLAUDE_CODE_FORWARD_USER_INTENT", "CLAUDE_CODE_FRAME_TIMING_LOG", "CLAUDE_CODE_GENTLE_PARASOL"),
    *("CLAUDE_CODE_GZIP_REQUEST_BODY_BLOCKS", "CLAUDE_CODE_HARBOR_KITE", "CLAUDE_CODE_HARBOR_KITE_CLOUD"),
    *("CLAUDE_CODE_HARBOR_KITE_PACING_OFF", "CLAUDE_CODE_INCREMENTAL_REQUEST_BODY"),
    *("CLAUDE_CODE_LEGACY_BUNDLE", "CLAUDE_CODE_MCP_CONNECTOR_PREWAIT_MS"),
    *("CLAUDE_CODE_MCP_PREWAIT_SERVERS", "CLAUDE_CODE_MCP_PREWAIT_SERVERS_MS"),
    *("CLAUDE_CODE_MCP_PREWAIT_SERVERS_MS_BY_NAME", "CLAUDE_CODE_MODEL_CAPABILITIES"),
    *("CLAUDE_CODE_MODEL_CATALOG", "CLAUDE_CODE_MODEL_CATALOG_URL", "CLAUDE_CODE_NANKEEN_KESTREL"),
    *("CLAUDE_CODE_NATIVE_APP_BUNDLE", "CLAUDE_CODE_NORMALIZE_PREFIX_CACHE"),
    *("CLAUDE_CODE_NORMALIZE_PREFIX_CACHE_VERIFY", "CLAUDE_CODE_OAUTH_CLIENT_ID"),
    *("CLAUDE_CODE_OAUTH_REFRESH_TOKEN", "CLAUDE_CODE_OAUTH_SCOPES", "CLAUDE_CODE_PARSED_WILLOW"),
    *("CLAUDE_CODE_PERFETTO_TRACE", "CLAUDE_CODE_PLUGIN_CACHE_DIR", "CLAUDE_CODE_PLUGIN_DIRS"),
    *("CLAUDE_CODE_PLUGIN_DIR_WATCH", "CLAUDE_CODE_PLUGIN_MCPB_DIR"),
    *("CLAUDE_CODE_PLUGIN_REMOTE_MCP_REACHABLE_HOSTS_HINT", "CLAUDE_CODE_PLUGIN_SEED_DIR"),
    *("CLAUDE_CODE_REMOTE_MEMORY_DIR", "CLAUDE_CODE_REMOVE_PROMPT_STRINGS"),
    *("CLAUDE_CODE_RESUME_CACHE_WARM", "CLAUDE_CODE_SAFE_MODE", "CLAUDE_CODE_SILENT_TURN_REMINDER"),
    *("CLAUDE_CODE_SILENT_TURN_REMINDER_SECONDS", "CLAUDE_CODE_SILENT_TURN_REMINDER_TEXT"),
    *("CLAUDE_CODE_SILENT_TURN_REMINDER_TURNS", "CLAUDE_CODE_SIMPLE"),
    *("CLAUDE_CODE_SKIP_PLUGIN_LOCAL_MCP_SERVERS", "CLAUDE_CODE_SKIP_PLUGIN_MCP_BUNDLES"),
    *("CLAUDE_CODE_SKIP_PLUGIN_MCP_SERVERS", "CLAUDE_CODE_SKIP_PLUGIN_MCP_SERVERS_EXCEPT"),
    *("CLAUDE_CODE_SORTED_OTTER", "CLAUDE_CODE_STOP_ON_UNUSABLE_PROFILE"),
    *("CLAUDE_CODE_STREAMED_BUMBLEBEE_TEXT", "CLAUDE_CODE_SUBPROCESS_ENV_SCRUB"),
    *("CLAUDE_CODE_SYNC_PLUGINS", "CLAUDE_CODE_SYNC_SKILLS", "CLAUDE_CODE_TETHER_LIVE"),
    *("CLAUDE_CODE_TOASTY_THIMBLE", "CLAUDE_CODE_USER_DIALOG_TIMEOUT_MS"),
    *("CLAUDE_CODE_WHIMSICAL_ELEPHANT", "CLAUDE_CODE_WORKFLOW_SUBAGENT_MODEL", "CLAUDE_CONFIG_DIR"),
    *("CLAUDE_COWORK_MEMORY_PATH_OVERRIDE", "CLAUDE_JOB_DIR", "CLAUDE_PTY_RECORD"),
    *("CLAUDE_SECURESTORAGE_CONFIG_DIR", "ENABLE_BETA_TRACING_DETAILED"),
    *("ENABLE_ENHANCED_TELEMETRY_BETA", "FORCE_AUTOUPDATE_PLUGINS"),
)
#: Declared as a switch, but asked only for whether it is set: measured with ``claude auth status`` and in traffic.
ANY_VALUE = (
    *("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "DISABLE_TELEMETRY", "DISABLE_ERROR_REPORTING"),
    "FALLBACK_FOR_ALL_PRIMARY_MODELS",
)
#: Declared as a plain text, read as digits only (measured).
DIGITS = ("CLAUDE_CODE_AUTO_COMPACT_WINDOW", "CLAUDE_CODE_MAX_TURNS")
