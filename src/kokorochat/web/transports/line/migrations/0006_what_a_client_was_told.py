from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("line", "0005_one_session_at_a_time"),
    ]

    operations = [
        migrations.AddField(
            model_name="relay",
            name="conditions",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="relay",
            name="conditions_digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="relay",
            name="conditions_due",
            field=models.DateTimeField(null=True),
        ),
    ]
